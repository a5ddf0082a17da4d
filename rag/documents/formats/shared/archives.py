"""Open zip-based files; the unpacked size is checked before anything is unpacked."""

import io
import zipfile

from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable

# Sheets and chapters shrink to a tenth or fiftieth, zeros that are meant to fill a disk to a
# thousandth.
_MAX_RATIO = 300
_MIN_SUSPICIOUS_BYTES = 20_000_000
_ENCRYPTED_FLAG = 0x1


def open_archive(content: bytes, limits: Limits) -> zipfile.ZipFile:
    """Return the opened archive; a member never yields more than its declared size.

    Raises:
        DocumentUnreadable: It is cut off, encrypted, or would unpack to more than the limit.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise DocumentUnreadable(
            "is damaged (its end is missing)", next_step="open and save it again, or fetch it again"
        ) from error
    members = archive.infolist()
    if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
        raise DocumentUnreadable("is encrypted", next_step="save it without a password")
    n_bytes = sum(member.file_size for member in members)
    is_bomb = n_bytes > max(_MIN_SUSPICIOUS_BYTES, _MAX_RATIO * len(content))
    if n_bytes > limits.max_unpacked_bytes or is_bomb:
        raise DocumentUnreadable(
            f"unpacks to {n_bytes:,} bytes from {len(content):,}", next_step="save it again without padding"
        )
    return archive


def read_member(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """Return the bytes of a member; None if it does not exist."""
    try:
        return archive.read(name)
    except KeyError:
        return None


def repack(archive: zipfile.ZipFile) -> bytes:
    """Return the archive uncompressed and without media.

    Some libraries trust the declared size of a member; here it is true.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as copy:
        for member in archive.infolist():
            if "/media/" not in member.filename:
                copy.writestr(member.filename, archive.read(member))
    return packed.getvalue()
