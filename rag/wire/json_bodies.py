"""Parse the JSON of a request so that no two programs can read it differently.

Python's parser takes the last of two equal names, and NaN, which JSON does not have. A proxy that
checked the same bytes may have read something else.
"""

import json
import math
from typing import NoReturn

from rag.errors import BodyInvalid

# An answer format of OpenAI's holds a JSON schema, which is the deepest that clients send.
MAX_DEPTH = 64
MAX_NAMES = 1000
MAX_DIGITS = 100
_MAX_SHOWN_CHARACTERS = 40


def parse_json(body: bytes) -> object:
    """Return the value of a body in UTF-8.

    Raises:
        BodyInvalid: It is JSON, but not plain enough.
        ValueError: It is no JSON, or not in UTF-8.
    """
    text = body.decode("utf-8-sig")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object_of,
            parse_constant=_refuse_constant,
            parse_float=_parse_float,
            parse_int=_parse_int,
        )
    except RecursionError:
        raise _too_deep() from None
    _require_flat(value)
    return value


def _object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(pairs) > MAX_NAMES:
        raise BodyInvalid(f"an object of the body has more than {MAX_NAMES:,} names", next_step="send fewer")
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]  # `add` returns None, which is false
        raise BodyInvalid(f"the body has the name {_shown(twice)} twice in one object", next_step="send it once")
    for name in found:
        if not _is_text(name):
            raise BodyInvalid(f"the name {_shown(name)} in the body has half a character", next_step="write it whole")
    return found


def _refuse_constant(constant: str) -> NoReturn:
    raise BodyInvalid(f"the body has {constant}, which is no number in JSON", next_step="send a number or null")


def _parse_float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise BodyInvalid("a number in the body is too large", next_step="send a smaller one")
    return number


def _parse_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise BodyInvalid(f"a number in the body has more than {MAX_DIGITS} digits", next_step="send a smaller one")
    return int(digits)


def _require_flat(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for one in level for child in _children(one)]
        if not level:
            return
    raise _too_deep()


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _too_deep() -> BodyInvalid:
    return BodyInvalid(f"the body is nested more than {MAX_DEPTH} levels deep", next_step="send a flatter one")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(name: str) -> str:
    return ascii(name[:_MAX_SHOWN_CHARACTERS])
