"""Read which tools a client of OpenAI's protocol offers, and which of them have to be called.

No tool is called for an answer. A client that only offers tools gets the answer without a call, as
from a model that needs none. One that needs a call gets it if the tool takes a title or the like.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_MAX_NAMES = 20
_MAX_TOOLS = 200


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A function that a client can call; `argument_names` are those that it takes."""

    name: str
    argument_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """The tools that may be called, and whether one of them has to be."""

    tools: tuple[OfferedTool, ...] = ()
    needs_call: bool = False


NO_OFFER = Offer()


def read_offer(tools: Sequence[object] | None, choice: object) -> Offer:
    """Return what a request offers.

    Args:
        choice: `tool_choice` of the request; what is no choice counts as `auto`.
    """
    offered = tuple(found for tool in list(tools or ())[:_MAX_TOOLS] if (found := _read_tool(tool)))
    if choice == "none":
        return NO_OFFER
    if isinstance(choice, Mapping):
        function = choice.get("function")
        name = function.get("name") if isinstance(function, Mapping) else choice.get("name")
        return Offer(tuple(tool for tool in offered if tool.name == name), needs_call=True)
    return Offer(offered, needs_call=choice == "required")


def names_in(schema: object) -> tuple[str, ...]:
    """Return the names of the properties that a JSON schema describes."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return tuple(map(str, properties))[:_MAX_NAMES] if isinstance(properties, Mapping) else ()


def _read_tool(tool: object) -> OfferedTool | None:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(name, str):
        return None
    return OfferedTool(name, names_in(function.get("parameters")))
