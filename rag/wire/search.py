"""What goes over the wire of a search: its parameters and its hits."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rag.filters import Filters
from rag.retrieval.fusion import explanation
from rag.retrieval.links import link_to
from rag.retrieval.search import SearchResult
from rag.types import FileEntry, Hit, LegScores
from rag.wire.answers import Day, FiltersBody, PlaceBody, document_url, require_order


class SearchQuery(BaseModel):
    """The parameters of a search; a filter that is left out lets all documents pass."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(description="What to look for.")
    k: int = Field(10, ge=1, le=100, description="How many hits.")
    document: list[str] = Field([], max_length=100, description="Only documents with one of these ids or uris.")
    title: list[str] = Field([], max_length=100, description="Only those whose title holds one of these.")
    link: list[str] = Field([], max_length=100, description="Only those whose published page begins with one.")
    tag: list[str] = Field([], max_length=100, description="Only documents with one of these tags.")
    group: list[str] = Field([], max_length=100, description="Only of these access groups.")
    language: list[str] = Field([], max_length=100, description="ISO 639-1 codes.")
    media_type: list[str] = Field([], max_length=100, description="Only of these kinds.")
    folder: str | None = Field(None, max_length=1000, description="Only below this path.")
    date_from: Day = None
    date_to: Day = None
    explain: bool = Field(default=False, description="Say what each hit's confidence is made of.")

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        require_order(self.date_from, self.date_to)
        return self

    def as_filters(self) -> Filters:
        """Return our own value."""
        return FiltersBody(
            documents=tuple(self.document),
            titles=tuple(self.title),
            links=tuple(self.link),
            tags=tuple(self.tag),
            groups=tuple(self.group),
            languages=tuple(self.language),
            media_types=tuple(self.media_type),
            folder=self.folder,
            date_from=self.date_from,
            date_to=self.date_to,
        ).as_filters()


class SentencePlaceBody(BaseModel):
    """A sentence of a passage; offsets are code points of the document's text."""

    start: int
    end: int
    text: str


class LegsBody(BaseModel):
    """What each leg of the search says of a passage; a rank is null where that leg did not retrieve it."""

    dense: float = Field(description="Cosine of the passage's vector and the query's.")
    dense_rank: int | None
    sentence: float = Field(description="The same of its nearest sentence.")
    sentence_rank: int | None
    lexical: float = Field(description="BM25 score.")
    lexical_rank: int | None
    fused: float = Field(description="The confidence, 0 to 1, that it answers the query.")


class PartBody(BaseModel):
    """A part of a confidence."""

    name: str
    value: float | None
    adds: float = Field(description="To the log-odds of the confidence.")


class HitBody(PlaceBody):
    """One passage found by a search."""

    rank: int
    score: float = Field(
        description="The confidence, 0 to 1, that it answers the query; the reranker's, if there is one."
    )
    stage: str
    passage_id: str
    text: str
    best_sentence: SentencePlaceBody | None = Field(description="The one that fits the query best.")
    legs: LegsBody | None
    explanation: tuple[PartBody, ...] | None = Field(None, description="Where it was asked for.")


class SearchBody(BaseModel):
    """The hits of a search, best first."""

    query: str
    index_version: str
    notes: tuple[str, ...] = Field(description="What of the query was not searched for, and why.")
    hits: tuple[HitBody, ...]


def search_body(found: SearchResult, index_version: str, *, explain: bool = False) -> SearchBody:
    """Return what a search found as it goes over the wire."""
    bodies = [
        _hit_body(hit, document, explain=explain) for hit, document in zip(found.hits, found.documents, strict=True)
    ]
    return SearchBody(query=found.query, index_version=index_version, notes=found.notes, hits=tuple(bodies))


def _hit_body(hit: Hit, document: FileEntry, *, explain: bool) -> HitBody:
    passage, best = hit.passage, hit.best_sentence
    return HitBody(
        rank=hit.rank,
        score=round(hit.score, 4),
        stage=hit.stage,
        passage_id=passage.id,
        document_id=document.id,
        title=document.title,
        uri=document.uri,
        page=passage.page,
        headings=passage.headings,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        url=document_url(document.id, passage.start, passage.end),
        link=link_to(document, passage.page),
        best_sentence=SentencePlaceBody(start=best.start, end=best.end, text=passage.text_of(best)) if best else None,
        legs=_legs_body(hit.legs) if hit.legs else None,
        explanation=_parts(hit.legs) if explain and hit.legs else None,
    )


def _legs_body(legs: LegScores) -> LegsBody:
    return LegsBody(
        dense=round(legs.cosine, 4),
        dense_rank=legs.dense_rank,
        sentence=round(legs.sentence_cosine, 4),
        sentence_rank=legs.sentence_rank,
        lexical=round(legs.bm25, 4),
        lexical_rank=legs.lexical_rank,
        fused=round(legs.confidence, 4),
    )


def _parts(legs: LegScores) -> tuple[PartBody, ...]:
    return tuple(
        PartBody(name=name, value=None if value is None else round(value, 4), adds=round(adds, 4))
        for name, value, adds in explanation(legs)
    )
