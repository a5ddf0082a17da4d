"""Answer a conditional request for a file."""

from fastapi import Request
from fastapi.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

_STATIC_FILES = StaticFiles()


def if_changed(file: FileResponse, request: Request) -> Response:
    """Return the file, or 304 if the client has it already.

    Args:
        file: With an ETag, which Starlette adds if it is given the file's `stat_result`.
    """
    is_known = _STATIC_FILES.is_not_modified(file.headers, request.headers)
    return NotModifiedResponse(file.headers) if is_known else file
