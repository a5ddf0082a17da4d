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
}


def explain_field(where: str, error: Mapping[str, Any]) -> str:
    """Return which field is wrong and what is expected, never the value: it may be a question.

    Args:
        where: The path of the field.
        error: One of pydantic's `ValidationError.errors()`. A validator of our own has the last
            word: its message is kept.
    """
    kind = error["type"]
    if kind in _WITHOUT_VALUE:
        return f"{where} is {_WITHOUT_VALUE[kind]}"
    if kind in _WRONG_TYPE:
        return f"{where} must be {_WRONG_TYPE[kind]}"
    if kind in _OUT_OF_RANGE and "ctx" in error:
        return f"{where} {_OUT_OF_RANGE[kind](error['ctx'])}"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"


def _counted(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
