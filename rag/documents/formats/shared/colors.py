"""Read colours and compare them. Pure."""

import re

Color = tuple[int, int, int]

# A reader cannot tell two colours apart that differ less in each of red, green and blue.
_MAX_DIFFERENCE = 15
_MIN_OPACITY = 0.05
_HEX = re.compile(r"#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_FUNCTION = re.compile(r"rgba?\(\s*(\d+)%?[\s,]+(\d+)%?[\s,]+(\d+)%?(?:[\s,/]+(\d*\.?\d+)(%?))?\s*\)")
_NAMES = dict(
    pair.split("=")
    for pair in """white=ffffff black=000000 red=ff0000 lime=00ff00 blue=0000ff yellow=ffff00 cyan=00ffff
    aqua=00ffff magenta=ff00ff fuchsia=ff00ff silver=c0c0c0 gray=808080 grey=808080 maroon=800000
    olive=808000 green=008000 purple=800080 teal=008080 navy=000080 orange=ffa500 snow=fffafa
    ivory=fffff0 whitesmoke=f5f5f5 ghostwhite=f8f8ff""".split()  # noqa: SIM905
)


def read_color(text: str) -> Color | None:
    """Return the colour that a page or an Office file names; None if it is unknown."""
    lowered = text.strip().lower()
    lowered = _NAMES.get(lowered, lowered)
    if found := _FUNCTION.fullmatch(lowered):
        red, green, blue = (min(255, int(found.group(place))) for place in (1, 2, 3))
        return red, green, blue
    found = _HEX.fullmatch(lowered)
    if not found:
        return None
    digits = found.group(1)
    pairs = [digit * 2 for digit in digits[:3]] if len(digits) < 6 else [digits[i : i + 2] for i in (0, 2, 4)]
    return int(pairs[0], 16), int(pairs[1], 16), int(pairs[2], 16)


def is_transparent(text: str) -> bool:
    """Return whether a colour is named that lets all light through."""
    lowered = text.strip().lower()
    found = _FUNCTION.fullmatch(lowered)
    if found and found.group(4):
        return float(found.group(4)) * (0.01 if found.group(5) else 1) < _MIN_OPACITY
    return lowered == "transparent" or (bool(_HEX.fullmatch(lowered)) and lowered[-2:] == "00" and len(lowered) == 9)


def is_same_color(one: Color, other: Color) -> bool:
    """Return whether text in one colour cannot be seen on the other."""
    return all(abs(a - b) <= _MAX_DIFFERENCE for a, b in zip(one, other, strict=True))
