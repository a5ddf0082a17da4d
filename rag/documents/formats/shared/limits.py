"""What a file may hold at most, so that one bad file costs seconds and not the machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Attributes: `max_unpacked_bytes` is for the sum of all members of a zip-based file."""

    max_pages: int = 10_000
    max_characters: int = 20_000_000
    max_unpacked_bytes: int = 500_000_000
