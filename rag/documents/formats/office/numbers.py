"""Write the number of a heading or list item in its form."""

# A hostile file may begin a list at a billion, which in letters would fill the memory.
_MAX_LETTERS = 780
_MAX_ROMAN = 3_999
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


def format_number(count: int, form: str) -> str:
    """Return a count as a number of a form, such as lowerRoman; decimal if it is unknown."""
    lowered = form.lower()
    if lowered in {"none", "bullet"}:
        return ""
    if lowered.endswith("roman") and 0 < count <= _MAX_ROMAN:
        return _as_case(_as_roman(count), form)
    if lowered.endswith("letter") and 0 < count <= _MAX_LETTERS:
        return _as_case(chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1), form)
    if lowered == "decimalzero":
        return f"{count:02d}"
    if lowered == "ordinal":
        ending = "th" if count % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
        return f"{count}{ending}"
    return str(count)


def _as_roman(count: int) -> str:
    written = []
    for value, letters in _ROMAN:
        written.append(letters * (count // value))
        count %= value
    return "".join(written)


def _as_case(letters: str, form: str) -> str:
    return letters.upper() if form.startswith("upper") else letters
