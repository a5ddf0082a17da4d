"""Footnote: answers from your own documents, every sentence with a footnote that opens the exact words it rests on."""

__version__ = "0.1.0"
