"""Read words from pictures, if the extra `footnote-rag[ocr]` is installed."""

import importlib.util

INSTALL_OCR = "install footnote-rag[ocr], then run `rag index`"
MAY_HOLD_PICTURES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"})
"""Suffixes of files that OCR reads."""


def is_installed() -> bool:
    """Return whether pictures can be read."""
    return importlib.util.find_spec("rapidocr") is not None
