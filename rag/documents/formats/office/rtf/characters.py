"""Turn the bytes and Unicode numbers of a rich text file into text."""

from collections.abc import Callable

from rag.documents.formats.office.rtf.tokens import is_open_ended


class Characters:
    """Collects bytes and halves of characters until a text is whole."""

    def __init__(self, encodings: Callable[[], tuple[str, str]], write: Callable[[str], None]) -> None:
        """Begin with no text.

        Args:
            encodings: Returns the encoding of the font, and that of the file for bytes that end
                in the middle of a character.
            write: Takes each text.
        """
        self._encodings, self._write = encodings, write
        self._raw = bytearray()
        self._units: list[int] = []
        self.n_to_skip = 0

    def take_byte(self, value: int) -> None:
        if self.n_to_skip:
            self.n_to_skip -= 1
            return
        self._flush_units()
        self._raw.append(value)

    def take_text(self, text: bytes) -> None:
        n_skipped = min(self.n_to_skip, len(text))
        self.n_to_skip -= n_skipped
        if n_skipped < len(text):
            self._flush_units()
            self._raw += text[n_skipped:]

    def take_unicode(self, number: int, n_skipped: int) -> None:
        """Take half a character or a whole one; so many characters behind it stand for it."""
        self._flush_raw()
        self._units.append(number & 0xFFFF)
        self.n_to_skip = n_skipped

    def flush(self) -> None:
        """Write what was collected."""
        self._flush_units()
        self._flush_raw()

    def _flush_units(self) -> None:
        if self._units:
            raw = b"".join(unit.to_bytes(2, "little") for unit in self._units)
            self._units = []
            self._write(raw.decode("utf-16-le", "replace"))

    def _flush_raw(self) -> None:
        if self._raw:
            raw, (encoding, general) = bytes(self._raw), self._encodings()
            self._raw.clear()
            self._write(raw.decode(general if is_open_ended(raw, encoding) else encoding, "replace"))
