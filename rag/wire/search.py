"""The parameters and the hits of GET /v1/search."""

from dataclasses import asdict
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from rag.retrieval.fusion import explanation
from rag.retrieval.links import place_of
from rag.retrieval.search import SearchResult
from rag.types import FileEntry, Hit, LegScores
from rag.wire.answers import PlaceBody
from rag.wire.filters import FiltersQuery

Rounded = Annotated[float, AfterValidator(lambda number: round(number, 4))]


class SearchQuery(FiltersQuery):
    """The parameters of a search; a filter that is left out accepts all documents."""

    q: str = Field(description="The query.")
    k: int = Field(10, ge=1, le=100, description="The most hits to return.")
    explain: bool = Field(default=False, description="Explain the confidence of each hit.")


class SentencePlaceBody(BaseModel):
    """A sentence of a passage; offsets are code points of the document's text."""

    start: int
    end: int
    text: str


class LegsBody(BaseModel):
    """The scores of a passage by leg; a rank is null if that leg did not retrieve it."""

    dense: Rounded = Field(validation_alias="cosine", description="Cosine between the passage and the query.")
    dense_rank: int | None
    sentence: Rounded = Field(validation_alias="sentence_cosine", description="The same of its nearest sentence.")
    sentence_rank: int | None
    lexical: Rounded = Field(validation_alias="bm25", description="BM25 score.")
    lexical_rank: int | None
    fused: Rounded = Field(
        validation_alias="confidence", description="The confidence, 0 to 1, that it answers the query."
    )


class PartBody(BaseModel):
    """A part of a confidence."""

    name: str
    value: Rounded | None
    adds: Rounded = Field(description="What it adds to the log-odds of the confidence.")


class HitBody(PlaceBody):
    """One retrieved passage."""

    rank: int
    score: Rounded = Field(
        description="The confidence, 0 to 1, that it answers the query; the reranker's, if there is one."
    )
    stage: str
    passage_id: str
    text: str
    best_sentence: SentencePlaceBody | None = Field(description="The sentence that fits the query best.")
    legs: LegsBody | None
    explanation: tuple[PartBody, ...] | None = Field(None, description="With `explain`.")


class SearchBody(BaseModel):
    """The hits of a search, best first."""

    query: str
    index_version: str
    notes: tuple[str, ...] = Field(description="Which parts of the query were not searched for, and why.")
    hits: tuple[HitBody, ...]


def search_body(found: SearchResult, index_version: str, *, explain: bool = False) -> SearchBody:
    """Return the result of a search as JSON shows it."""
    bodies = [
        _hit_body(hit, document, explain=explain) for hit, document in zip(found.hits, found.documents, strict=True)
    ]
    return SearchBody(query=found.query, index_version=index_version, notes=found.notes, hits=tuple(bodies))


def best_sentence_alone(hit: HitBody) -> HitBody:
    """Return a hit that shows no more of its passage than the sentence that fits the query best."""
    best = hit.best_sentence or SentencePlaceBody(start=hit.start, end=hit.start, text="")
    return hit.model_copy(update={"start": best.start, "end": best.end, "text": best.text})


def _hit_body(hit: Hit, document: FileEntry, *, explain: bool) -> HitBody:
    passage, best = hit.passage, hit.best_sentence
    return HitBody(
        **asdict(place_of(passage, document)),
        rank=hit.rank,
        score=hit.score,
        stage=hit.stage,
        passage_id=passage.id,
        text=passage.text,
        best_sentence=SentencePlaceBody(start=best.start, end=best.end, text=passage.text_of(best)) if best else None,
        legs=LegsBody.model_validate(hit.legs, from_attributes=True) if hit.legs else None,
        explanation=_parts(hit.legs) if explain and hit.legs else None,
    )


def _parts(legs: LegScores) -> tuple[PartBody, ...]:
    return tuple(PartBody(name=name, value=value, adds=adds) for name, value, adds in explanation(legs))
