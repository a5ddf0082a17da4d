"""Stems do not depend on how many threads ask for them."""

from concurrent.futures import ThreadPoolExecutor

from rag.text.stemming import stem

LETTERS = "bcdfghjklmnprstv"


def test_threads_that_stem_at_once_get_their_own_words() -> None:
    # Made up, so that nothing else has had them stemmed before.
    words = [f"zor{a}o{b}o{c}kling" for a in LETTERS for b in LETTERS for c in LETTERS]

    with ThreadPoolExecutor(4) as pool:
        stems = list(pool.map(stem, words))

    assert [stem for word, stem in zip(words, stems, strict=True) if stem != word.removesuffix("ing")] == []
