"""An answer as the Markdown content that OpenAI's clients show, with its annotations.

Texts are escaped. A client cannot take text back, so an answer that differs from what it has
follows below a line that says so.
"""

from typing import Literal

from pydantic import BaseModel, Field

from rag.answering.citations import answer_parts, render_sentence
from rag.events import TextDelta
from rag.types import Answer
from rag.wire.answers import CitationBody, answer_body
from rag.wire.markdown import escape_markdown, in_markdown

# Stands between invalid deltas and the answer.
BROKEN_OFF = "\n\nThat was broken off and does not count. Instead:\n\n"
_MAX_TITLE_CHARACTERS = 200


class UrlCitationBody(BaseModel):
    """OpenAI's citation; `content[start_index:end_index]` is the marker, in code points."""

    start_index: int
    end_index: int
    title: str
    url: str = Field(description="The page of this server that shows the document with the words marked.")


class AnnotationBody(BaseModel):
    """A marker in the content with its citation."""

    type: Literal["url_citation"]
    url_citation: UrlCitationBody
    citation: CitationBody = Field(description="As POST /v1/ask returns it.")
    sentence: int = Field(description="The index of the cited sentence in `footnote.sentences`.")


class AnswerContent:
    """The content of one answer as it grows.

    Attributes:
        text: What it holds so far.
    """

    def __init__(self, base_url: str, *, lists_links: bool) -> None:
        """Start an empty content.

        Args:
            base_url: This server's address for the client, without a slash at the end.
            lists_links: Whether the links of its citations stand below an answer.
        """
        self._base_url = base_url
        self._lists_links = lists_links
        self.text = ""

    def add(self, delta: TextDelta) -> str:
        """Return the piece that a delta adds."""
        piece = escape_markdown(delta.text.removesuffix(delta.markers)) + delta.markers
        self.text += piece
        return piece

    def finish(self, answer: Answer) -> tuple[str, tuple[AnnotationBody, ...]]:
        """Return the last piece, which may be empty, and the annotations of the whole content."""
        piece, shown = "", in_markdown(answer)
        if self.text != shown.answer:
            piece = (BROKEN_OFF if self.text else "") + shown.answer
        before = len(self.text) + len(piece) - len(shown.answer)
        piece += link_list(answer, self._base_url) if self._lists_links else ""
        self.text += piece
        return piece, annotation_bodies(shown, self._base_url, before)


def link_list(answer: Answer, base_url: str) -> str:
    """Return the citations as a list to stand below an answer: number, title and link of each."""
    lines = [
        f"- [{citation.number}] {_line(citation.title or citation.uri)} — <{base_url}{citation.url}>"
        for citation in answer_body(answer).citations
    ]
    return "\n\n" + "\n".join(lines) if lines else ""


def annotation_bodies(answer: Answer, base_url: str, offset: int = 0) -> tuple[AnnotationBody, ...]:
    """Return an annotation for each marker of an answer, in the order of the text.

    Args:
        answer: As the content shows it: escaped.
        base_url: This server's address for the client, without a slash at the end.
        offset: Length of the content before the answer, in code points.
    """
    body_by_number = {citation.number: citation for citation in answer_body(answer).citations}
    annotations: list[AnnotationBody] = []
    pieces = answer_parts(answer.outcome, answer.note, answer.sentences)
    if answer.outcome == "possible":
        offset += len(pieces.pop(0))
    for i, (sentence, piece) in enumerate(zip(answer.sentences, pieces, strict=False)):
        start = offset + len(piece) - len(render_sentence(sentence)) + len(sentence.text) + 1
        for number in sentence.citations:
            citation, end = body_by_number[number], start + len(f"[{number}]")
            cited = UrlCitationBody(start_index=start, end_index=end, title=citation.title, url=base_url + citation.url)
            annotations.append(AnnotationBody(type="url_citation", url_citation=cited, citation=citation, sentence=i))
            start = end
        offset += len(piece)
    return tuple(annotations)


def _line(title: str) -> str:
    """Return a title on one line, escaped, without what turns or hides the text after it."""
    shown = "".join(sign if sign.isprintable() else " " for sign in title)
    return escape_markdown(" ".join(shown.split())[:_MAX_TITLE_CHARACTERS])
