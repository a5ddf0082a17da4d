"""Write a number as a workbook shows it: "12.5 %" for 0.125, "£19.90" for 19.9.

A number format has up to four sections, for positive and negative numbers, zero and text (ECMA-376
part 1, 18.8.31). Formats of dates, and what is not read here, leave the number as it is.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

# What Excel means by the numbers below 164, which a file need not spell out.
BUILT_IN_FORMATS = {
    "1": "0",
    "2": "0.00",
    "3": "#,##0",
    "4": "#,##0.00",
    "9": "0%",
    "10": "0.00%",
    "11": "0.00E+00",
    "37": "#,##0;(#,##0)",
    "38": "#,##0;(#,##0)",
    "39": "#,##0.00;(#,##0.00)",
    "40": "#,##0.00;(#,##0.00)",
    "48": "##0.0E+0",
}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<condition>[<>=]+[^\]]*)\]'
    r"|\[[^\]]*\]|[_*].|(?P<exponent>[eE][+-]0+)|(?P<digits>[0#?.,]+)|(?P<other>.)",
    re.DOTALL,
)
_SECTION_ENDS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|(;)')
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_MAX_FORMAT_CHARACTERS = 200
_MAX_DECIMALS = 15
_LITERALS = frozenset("%€£$¥+-()/: ")


class _Section(NamedTuple):
    """A section of a format.

    Attributes:
        before, after: Literal text around the digits.
        digits: The placeholders, such as "#,##0.00"; empty if it shows no digits.
    """

    before: str
    digits: str
    after: str
    exponent: str
    condition: str


def show_number(value: float, code: str) -> str | None:
    """Return the number as the format shows it; None if the format is not one of numbers."""
    sections = _read_sections(code)
    if not sections or not isfinite(value):
        return None
    section, is_signed = _choose(sections, value)
    try:
        number = Decimal(repr(value))
        digits = _show_digits(abs(number), section) if section.digits else ""
    except (InvalidOperation, OverflowError):
        return None
    sign = "-" if is_signed and value < 0 and any(digit in "123456789" for digit in digits) else ""
    return f"{sign}{section.before}{digits}{section.after}".strip()


@lru_cache(maxsize=256)
def _read_sections(code: str) -> list[_Section]:
    """Return the sections for numbers; none if the format is not one of numbers."""
    if len(code) > _MAX_FORMAT_CHARACTERS or code.casefold() in {"general", "@", ""}:
        return []
    sections = [_read_section(text) for text in _split(code)[:3]]
    return [section for section in sections if section] if all(sections) else []


def _split(code: str) -> list[str]:
    ends = [found.start() for found in _SECTION_ENDS.finditer(code) if found[1]]
    return [code[start:end] for start, end in zip([0, *(end + 1 for end in ends)], [*ends, len(code)], strict=True)]


def _read_section(text: str) -> _Section | None:
    """Return a section; None if it formats dates or fractions, or has words between its digits."""
    before, after, digits, exponent, condition = "", "", "", "", ""
    for token in _TOKEN.finditer(text):
        literal = token["quoted"] or token["escaped"] or token["currency"] or token["other"] or ""
        if token["other"] and token["other"] not in _LITERALS:
            return None
        if token["digits"] and (after.strip() or "/" in before or exponent):
            return None
        digits += token["digits"] or ""
        exponent = token["exponent"] or exponent
        condition = token["condition"] or condition
        if digits:
            after += literal
        else:
            before += literal
    return None if "/" in after and digits else _Section(before, digits, after, exponent, condition)


def _choose(sections: Sequence[_Section], value: float) -> tuple[_Section, bool]:
    """Return the section for a number, and whether a minus sign must be added."""
    for section in sections:
        if section.condition and _passes(value, section.condition):
            return section, True
    if sections[0].condition:
        return sections[-1], True
    if value < 0 and len(sections) > 1:
        return sections[1], False
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], True


def _passes(value: float, condition: str) -> bool:
    found = _CONDITION.fullmatch(condition)
    if not found:
        return False
    limit = float(found[2])
    tests = {"<": value < limit, ">": value > limit, "=": value == limit, "<=": value <= limit, ">=": value >= limit}
    return tests.get(found[1], value != limit)


def _show_digits(number: Decimal, section: _Section) -> str:
    whole, _, decimals = section.digits.rstrip(",").partition(".")
    if section.exponent:
        return f"{number:.{len(decimals)}E}"
    n_scales = len(section.digits) - len(section.digits.rstrip(","))
    number = number / 1000**n_scales * 100 ** ((section.before + section.after).count("%"))
    n_most, n_least = min(len(decimals), _MAX_DECIMALS), min(decimals.count("0"), _MAX_DECIMALS)
    rounded = number.quantize(Decimal(1).scaleb(-n_most), ROUND_HALF_UP)
    left, _, right = f"{rounded:f}".partition(".")
    least = right[:n_least] + right[n_least:].rstrip("0")
    left = left.zfill(whole.count("0")) if left != "0" or "0" in whole else ""
    if "," in whole:
        left = f"{int(left):,}" if left else ""
    return f"{left}.{least}" if least else left or "0"
