"""Files that readers send are written whole, whoever else sends one of that name."""

import threading
from pathlib import Path

from rag.api.upkeep import _write_whole


def test_uploads_of_one_name_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    path, failures = tmp_path / "new" / "deep" / "a.txt", []

    def send(letter: str) -> None:
        try:
            _write_whole(path, letter.encode() * 2_000_000)
        except OSError as error:
            failures.append(error)

    for _ in range(5):
        senders = [threading.Thread(target=send, args=(letter,)) for letter in "abc"]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        content = path.read_bytes()
        assert content == content[:1] * 2_000_000

    assert failures == []
    assert [file.name for file in path.parent.iterdir()] == ["a.txt"]
