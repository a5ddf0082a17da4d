from pathlib import Path

from training.wordnet import read_wordnet

LICENCE = "  1 This software and database is being provided to you\n"
# Synsets: big and large with the antonym small; small.
ADJECTIVES = (
    "00000100 00 a 02 big 0 large(p) 0 002 ! 00000200 a 0101 & 00000200 a 0000 | of great size\n"
    "00000200 00 a 01 small 0 001 ! 00000100 a 0101 | of little size\n"
)
INDEX = (
    "big a 1 2 ! & 1 1 00000100\nlarge a 4 2 ! & 1 1 00000100 00000100 00000100 00000100\nsmall a 1 1 ! 1 1 00000200\n"
)


def write_files(folder: Path) -> None:
    for name in ("noun", "verb", "adv"):
        (folder / f"data.{name}").write_text(LICENCE)
        (folder / f"index.{name}").write_text(LICENCE)
    (folder / "data.adj").write_text(LICENCE + ADJECTIVES)
    (folder / "index.adj").write_text(LICENCE + INDEX)


def test_words_of_one_sense_are_synonyms_unless_they_have_many_senses(tmp_path: Path) -> None:
    write_files(tmp_path)

    assert read_wordnet(tmp_path).synonyms == {("ADJ", "big"): ("large",)}


def test_antonyms_hold_between_words_and_not_senses(tmp_path: Path) -> None:
    write_files(tmp_path)

    assert read_wordnet(tmp_path).antonyms == {("ADJ", "big"): ("small",), ("ADJ", "small"): ("big",)}
