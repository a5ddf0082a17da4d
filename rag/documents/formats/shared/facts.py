"""Convert what a file says of itself to the forms of `Facts`; drop what fits no form."""

import re
from datetime import date, datetime
from urllib.parse import urlsplit

from rag.documents.formats.shared.cleaning import clean_text

_DAY = re.compile(r"(?:D:)?(\d{4})-?(\d{2})-?(\d{2})")
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_].*)?", re.IGNORECASE)
_MAX_TITLE_CHARACTERS = 500
# What programs and new machines write where no name is given.
_NO_AUTHORS = frozenset(
    """author autor auteur autore администратор admin administrator administrador administrateur root user users
    usuario utilisateur utente benutzer anwender gebruiker owner default guest unknown unbekannt inconnu desconocido
    anonymous anonym none null n/a unspecified untitled test microsoft windows office word excel powerpoint python-docx
    python-pptx openpyxl xlsxwriter libreoffice openoffice pandoc wkhtmltopdf reportlab fpdf fpdf2 latex tex scanner
    canon hp dell lenovo acer asus toshiba xerox ricoh""".split()  # noqa: SIM905
) | {
    *(
        "microsoft office user",
        "microsoft office",
        "microsoft account",
        "windows user",
        "windows-benutzer",
        "apache poi",
    ),
    *(
        "office user",
        "your name",
        "ihr name",
        "valued customer",
        "local admin",
        "google docs",
        "steve canny",
        "pdf user",
    ),
}


def find_day(value: object) -> str | None:
    """Return the day of a date or of a text: 2024-03-04…, 20240304…, D:20240304…."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    found = _DAY.match(value.strip()) if isinstance(value, str) else None
    if not found:
        return None
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return None


def find_language(value: object) -> str | None:
    """Return the first two letters of "de", "de-DE" or "de_DE"."""
    found = _LANGUAGE.fullmatch(value.strip()) if isinstance(value, str) else None
    return found.group(1).lower() if found else None


def find_link(value: object) -> str | None:
    """Return a plain http or https address; None for anything else."""
    if not isinstance(value, str):
        return None
    link = value.strip()
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    is_plain = link.isprintable() and " " not in link
    return link if is_plain and parts.scheme in {"http", "https"} and parts.hostname else None


def find_tags(value: object) -> tuple[str, ...]:
    """Return the names in a list, or between commas or semicolons in a text; each once."""
    parts = re.split(r"[,;]", value) if isinstance(value, str) else value if isinstance(value, list) else []
    names = (clean_text(str(part)) for part in parts if isinstance(part, (str, int, float)))
    return tuple(dict.fromkeys(name for name in names if name))


def find_author(value: object) -> str | None:
    """Return the name or names of people or offices; None for what programs write by default."""
    parts = value if isinstance(value, list) else re.split(r"\s*;\s*", value) if isinstance(value, str) else []
    names = (name for part in parts if isinstance(part, str) and (name := clean_text(part).strip(" ,")))
    kept = [name for name in names if name.strip("()[]<> .").lower() not in _NO_AUTHORS and any(map(str.isalpha, name))]
    return ", ".join(dict.fromkeys(kept))[:_MAX_TITLE_CHARACTERS] or None


def find_name(value: object) -> str | None:
    """Return a text or number as text on one line; None for anything else."""
    is_name = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    return (clean_text(str(value))[:_MAX_TITLE_CHARACTERS] or None) if is_name else None
