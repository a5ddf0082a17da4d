"""What an engine keeps for the readers of groups."""

import asyncio
from dataclasses import replace

import pytest

from rag.assembly.engine import Engine
from rag.assembly.open_llm import OpenedLlm
from rag.assembly.settings import read_settings
from rag.index.versions import IndexVersion
from rag.retrieval.retriever import Retriever
from tests.unit.answering.answerers import JUDGE, retriever_over
from tests.unit.conftest import make_document

N_TOKENS = 200


@pytest.fixture
def engine() -> Engine:
    documents = [
        replace(make_document("The ferry leaves at seven.", f"{group}.txt", "Ferry", id_ * 16), group=group)
        for group, id_ in (("staff", "a"), ("board", "b"), (None, "c"))
    ]
    return Engine(
        read_settings({}, {}), _never_opened, retriever_over(documents), OpenedLlm(), judge=JUDGE, boundaries=None
    )


def _never_opened(_index: IndexVersion) -> Retriever:
    raise AssertionError("the index does not change")


def test_groups_without_a_document_do_not_displace_what_is_kept_for_others(engine: Engine) -> None:
    async def ask_as_many() -> None:
        staff, nobody = await engine.answerer_for(frozenset({"staff"})), await engine.answerer_for(frozenset())
        for number in range(N_TOKENS):
            invented = frozenset({f"invented {number}", "\ud800", "it's; --"})
            assert await engine.answerer_for(invented) is nobody
            assert await engine.answerer_for(invented | {"staff"}) is staff
        assert await engine.answerer_for(frozenset({"board"})) is not nobody

    asyncio.run(ask_as_many())


def test_what_is_kept_for_a_group_shows_its_documents_alone(engine: Engine) -> None:
    async def documents_of(*groups: str) -> set[str]:
        answerer = await engine.answerer_for(frozenset(groups))
        return {entry.uri for entry, _ in answerer.retriever.openings()}

    assert asyncio.run(documents_of("staff", "invented")) == {"staff.txt", "None.txt"}
    assert asyncio.run(documents_of("invented")) == {"None.txt"}
