from pathlib import Path

from training.pair import Pair, read_pairs, write_pairs


def test_a_file_gives_back_the_pairs_that_were_written(tmp_path: Path) -> None:
    pairs = [
        Pair("says", "Geöffnet bis 5.", "Bis 6 geöffnet.", "contradicted", "number", "debian:faq", "de"),
        Pair("answers", "Open until 5.", "Until when?", "supported", "asked", "debian:faq"),
    ]

    n_pairs = write_pairs(tmp_path / "pairs.jsonl", pairs)

    assert n_pairs == 2
    assert list(read_pairs(tmp_path / "pairs.jsonl")) == pairs
