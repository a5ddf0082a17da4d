"""Render the HTML templates of rag/web/templates. Values are text: Jinja escapes them all."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

WEB_FOLDER = Path(__file__).resolve().parent.parent / "web"
"""Holds widget.js, pages.css, document.js and the templates."""


def render(name: str, **values: object) -> str:
    """Return a template filled with values; `root` is what the paths of its links begin with."""
    return _environment().get_template(name).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(WEB_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["root"] = ""
    return environment
