"""Say in plain English, not in the words of the validator, what is wrong with a field."""

from collections.abc import Callable, Mapping
from typing import Any

_WRONG_TYPE = {
    "string_type": "a text",
    "string_sub_type": "a text",
    "string_unicode": "a text of whole characters",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dict_attributes_type": "an object",
    "none_required": "null",
    "path_type": "a path",
    "dataclass_type": "an object",
    "union_tag_not_found": "an object",
}
_WITHOUT_VALUE = {"missing": "missing", "missing_argument": "missing", "extra_forbidden": "unknown"}
_OUT_OF_RANGE: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda context: f"must be more than {context['gt']}",
    "greater_than_equal": lambda context: f"must be at least {context['ge']}",
    "less_than": lambda context: f"must be less than {context['lt']}",
    "less_than_equal": lambda context: f"must be at most {context['le']}",
    "string_too_short": lambda context: f"must have at least {_counted(context['min_length'], 'character')}",
    "string_too_long": lambda context: f"must have at most {_counted(context['max_length'], 'character')}",
    "too_short": lambda context: f"must have at least {_counted(context['min_length'], 'entry', 'entries')}",
    "too_long": lambda context: f"must have at most {_counted(context['max_length'], 'entry', 'entries')}",
    "literal_error": lambda context: f"must be {context['expected']}",
    "enum": lambda context: f"must be {context['expected']}",
    "string_pattern_mismatch": lambda context: f"must match {context['pattern']}",
    "json_invalid": lambda context: f"must be JSON ({context['error']})",
}


def explain_field(where: str, error: Mapping[str, Any]) -> str:
    """Return which field is wrong and what is expected, never the value: it may be a question.

    Args:
        where: The path of the field.
        error: One of pydantic's `ValidationError.errors()`. A validator of our own has the last
            word: its message is kept.
    """
    expected = _expectation(error)
    return f"{where} {expected}" if expected else f"{where}: {_own_words(error)}"


def explain_value(error: Mapping[str, Any]) -> str:
    """Return what is expected of a value that was named already.

    Args:
        error: As for `explain_field`.
    """
    expected = _expectation(error)
    own = _own_words(error)
    return f"it {expected}" if expected else f"{own[:1].lower()}{own[1:]}"


def _expectation(error: Mapping[str, Any]) -> str | None:
    """Return the end of a sentence about a field; None where a validator of ours has the word."""
    kind = error["type"]
    if kind in _WITHOUT_VALUE:
        return f"is {_WITHOUT_VALUE[kind]}"
    if kind in _WRONG_TYPE:
        return f"must be {_WRONG_TYPE[kind]}"
    return _OUT_OF_RANGE[kind](error["ctx"]) if kind in _OUT_OF_RANGE and "ctx" in error else None


def _own_words(error: Mapping[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def _counted(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
