"""What is gathered for a question."""

from dataclasses import dataclass

from rag.answering.answer_builder import Quote


@dataclass(frozen=True, slots=True)
class Gathered:
    """The lines of an answer that needs no LLM.

    Attributes:
        lines: In order.
        note: Below the lines; may be empty.
    """

    lines: tuple[Quote, ...]
    note: str = ""
