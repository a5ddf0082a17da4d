"""Draw figures as SVG in the text colour of the page that holds them.

The same values give the same bytes: there are no dates, and ids come from a fixed salt. The ids of
a plot carry its name, so that a page can hold several. No plot has a style of its own, which a page
with a strict Content-Security-Policy would ignore. Plots of several threads are drawn in turn,
because matplotlib's settings are global.
"""

import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

INK = "#010203"
"""Replaced by the colour of the page's text."""
_DRAWING = threading.Lock()
_STYLE: dict[RcKeyType, object] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "footnote",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
_IDS = re.compile(r'(\bid="|url\(#|href="#)')
_METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
_STYLE_ELEMENT = re.compile(r"<defs>\s*<style[^>]*>\*\{([^}]*)\}</style>\s*</defs>\s*")
_STYLE_ATTRIBUTE = re.compile(r' style="([^"]*)"')
# As CSS has it: style, weight, size, family.
_FONT = re.compile(r"(?:(?P<weight>bold|\d{3}) )?(?P<size>[\d.]+px)(?:/\S+)? (?P<family>.+)")


@contextmanager
def plotting() -> Iterator[None]:
    """Draw a figure inside the block, from its axes to its SVG."""
    with _DRAWING, mpl.rc_context(_STYLE):
        yield


def make_axes(width_inches: float, height_inches: float) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes."""
    figure = Figure(figsize=(width_inches, height_inches), layout="constrained")
    return figure, figure.subplots()


def as_svg(figure: Figure, name: str, description: str) -> str:
    """Return a figure as an SVG element; a screen reader reads its description."""
    written = io.StringIO()
    figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    text = written.getvalue()
    # The prolog is for files of their own, and the metadata names addresses.
    text = _METADATA.sub("", text[text.index("<svg") :])
    of_all = _STYLE_ELEMENT.search(text)
    text = _STYLE_ATTRIBUTE.sub(lambda found: " " + _as_attributes(found[1]), _STYLE_ELEMENT.sub("", text, count=1))
    text = _IDS.sub(rf"\g<1>{name}-", text).replace(INK, "currentColor")
    root = f'<svg role="img" aria-label="{escape(description)}" {_as_attributes(of_all[1] if of_all else "")}'
    return text.replace("<svg", root.rstrip(), 1)


def _as_attributes(style: str) -> str:
    """Return the declarations of a style as attributes, which mean the same in SVG."""
    attributes: dict[str, str] = {}
    for declaration in filter(None, map(str.strip, style.split(";"))):
        name, _, value = map(str.strip, declaration.partition(":"))
        font = _FONT.fullmatch(value) if name == "font" else None
        if font:
            attributes |= {f"font-{part}": found for part, found in font.groupdict().items() if found}
        else:
            attributes[name] = value
    return " ".join(f'{name}="{value}"' for name, value in attributes.items())
