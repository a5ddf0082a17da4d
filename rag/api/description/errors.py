"""Add to the OpenAPI document the errors that many routes give, in the form that clients get.

A route names only the errors of its own, as `responses={410: {"description": "…"}}`.
"""

from http import HTTPStatus
from typing import Any, TypeAlias, cast

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from rag.wire.answers import ProblemBody
from rag.wire.openai.errors import ErrorBody, error_status, speaks_openai

Object: TypeAlias = dict[str, object]

_REF = "#/components/schemas/"
_BODIES = {ProblemBody: "application/problem+json", ErrorBody: "application/json"}
_INVALID = 422
_ANYWHERE = {421: "The server does not answer under this name.", 500: "A fault; the server's log has the details."}
_WITH_KEY = {
    401: "The key is missing or wrong.",
    403: "The key lacks the scope.",
    429: "Too many requests, or too many wrong keys from this address.",
    503: "It cannot be answered now; `detail` says why.",
}
_WITH_PATH_PARAMETER = {404: "It does not exist."}
_WITH_BODY = {400: "The body cannot be read.", 413: "The body is too large."}
_WITH_INPUT = {_INVALID: "A field or parameter is missing, unknown or wrong."}
# FastAPI's own error bodies, which no route sends.
_FASTAPIS = ("HTTPValidationError", "ValidationError")


class DescribedApp(FastAPI):
    """A FastAPI app whose OpenAPI document names every error."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            add_errors(super().openapi())
        # The line above has set it.
        return cast("dict[str, Any]", self.openapi_schema)


def add_errors(description: Object) -> None:
    """Add the errors to a document that FastAPI made.

    Args:
        description: Is changed in place.
    """
    schemas = _at(description, "components", "schemas")
    for name in _FASTAPIS:
        schemas.pop(name, None)
    _, errors = models_json_schema(
        [(ProblemBody, "serialization"), (ErrorBody, "serialization")], ref_template=_REF + "{model}"
    )
    schemas.update(errors["$defs"])
    for path, operations in _at(description, "paths").items():
        body = ErrorBody if speaks_openai(path) else ProblemBody
        for operation in cast("dict[str, Object]", operations).values():
            operation["responses"] = _responses(operation, body)


def _responses(operation: Object, body: type[ProblemBody | ErrorBody]) -> Object:
    """Return all responses of an operation, by status."""
    declared = cast("dict[str, Object]", operation["responses"])
    errors = _common_errors(operation)
    kept: Object = {}
    for status, response in declared.items():
        if int(status) >= HTTPStatus.BAD_REQUEST and "content" not in response:
            errors[int(status)] = str(response["description"])
        elif int(status) != _INVALID:
            kept[status] = response
    content = {_BODIES[body]: {"schema": {"$ref": _REF + body.__name__}}}
    for error, text in sorted(errors.items()):
        sent = error_status(error) if body is ErrorBody else error
        kept.setdefault(str(sent), {"description": text, "content": content})
    return kept


def _common_errors(operation: Object) -> dict[int, str]:
    parameters = cast("list[Object]", operation.get("parameters", []))
    has_path_parameter = any(parameter["in"] == "path" for parameter in parameters)
    return {
        **_ANYWHERE,
        **(_WITH_KEY if "security" in operation else {}),
        **(_WITH_PATH_PARAMETER if has_path_parameter else {}),
        **(_WITH_BODY if "requestBody" in operation else {}),
        **(_WITH_INPUT if str(_INVALID) in cast("Object", operation["responses"]) else {}),
    }


def _at(description: Object, *names: str) -> Object:
    for name in names:
        description = cast("Object", description[name])
    return description
