"""Read PDF files by the positions of their words: lines, columns, tables and form fields."""

from rag.documents.formats.pdf.reader import read_pdf

__all__ = ["read_pdf"]
