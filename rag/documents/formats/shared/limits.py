"""Limits for the content of one file, so that a bad file costs only seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one file and what is attached to it.

    Attributes:
        max_unpacked_bytes: Of all members of a zip-based file together.
        max_attachment_depth: How many mails and attachments may stand in each other.
        ocr_seconds: For reading the pictures of one file; 0 reads none, as without OCR.
    """

    max_pages: int = 10_000
    max_characters: int = 20_000_000
    max_unpacked_bytes: int = 500_000_000
    max_attachment_depth: int = 2
    ocr_seconds: float = 0.0
