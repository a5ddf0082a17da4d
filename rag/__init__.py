"""Footnote: answers from your own documents, with the exact words behind every sentence."""

__version__ = "0.1.0"
