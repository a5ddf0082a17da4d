"""An engine follows the live index, and lets go of the version before."""

import asyncio
import os
import sqlite3
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.assembly.engine import Engine, open_engine
from rag.assembly.open_index import index_options, open_encoder
from rag.assembly.settings import Settings
from rag.errors import IndexCorrupt
from rag.events import AnswerFinished
from rag.index.build import update_index
from rag.types import Answer

pytestmark = pytest.mark.model

QUESTION = "Who closed the pier?"


async def until_closed(connection: sqlite3.Connection) -> None:
    """Return once a connection is closed; the thread that lets go of a version closes its store a moment later."""
    while True:
        try:
            # Unlike a statement, this is safe while another thread closes the connection.
            _ = connection.isolation_level
        except sqlite3.ProgrammingError:
            return
        await asyncio.sleep(0.01)


def prepare(folder: Path) -> tuple[Settings, Callable[[str], None]]:
    """Return settings, and a function that builds an index of one document."""
    settings = Settings(index_folder=folder / "index", llm="extractive")
    story = folder / "docs" / "story.txt"
    story.parent.mkdir()
    encoder = open_encoder(settings)

    def build(text: str) -> None:
        story.write_text(text)
        update_index(story.parent, settings.index_folder, index_options(settings), lambda: encoder)

    return settings, build


def test_a_replaced_version_is_released_once_its_answers_have_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def connect_and_note(*arguments: object, **options: object) -> sqlite3.Connection:
        connections.append(connect(*arguments, **options))  # type: ignore[arg-type]  # passed on
        return connections[-1]

    settings, build = prepare(tmp_path)

    async def follow() -> Answer:
        engine = await open_engine(settings)
        events = engine.answerer.answer(QUESTION)
        await anext(events)
        loop, is_released = asyncio.get_running_loop(), asyncio.Event()
        version = weakref.ref(engine.retriever.index_version, lambda _: loop.call_soon_threadsafe(is_released.set))
        n_before = len(connections)
        await asyncio.to_thread(build, "Ada Lind closed the pier in 2019.")
        await engine.follow_index()
        is_held = version() is not None
        *_, finished = [event async for event in events]
        del events
        assert is_held
        # The thread that did the last work lets go of it in its own time.
        await asyncio.wait_for(is_released.wait(), 60)
        for connection in connections[:n_before]:
            await asyncio.wait_for(until_closed(connection), 60)
        await engine.close()
        assert isinstance(finished, AnswerFinished)
        return finished.answer

    build("Tom Reed closed the pier in 2017.")
    monkeypatch.setattr(sqlite3, "connect", connect_and_note)
    answer = asyncio.run(follow())

    assert "Tom Reed" in answer.answer


def test_an_index_that_is_cut_while_it_serves_costs_an_error_and_not_the_process(tmp_path: Path) -> None:
    settings, build = prepare(tmp_path)

    async def ask(engine: Engine) -> str:
        *_, finished = [event async for event in engine.answerer.answer(QUESTION)]
        assert isinstance(finished, AnswerFinished)
        return finished.answer.answer

    async def cut_and_ask() -> list[str]:
        build("Tom Reed closed the pier in 2017.")
        build("Ada Lind closed the pier in 2019.")
        engine = await open_engine(settings)
        cut_all_files(engine)
        with pytest.raises(IndexCorrupt, match="was changed while it was in use"):
            await ask(engine)
        await engine.follow_index()
        said = [await ask(engine)]
        assert "index" in engine.problems
        cut_all_files(engine)
        await engine.follow_index()
        with pytest.raises(IndexCorrupt, match="was changed while it was in use"):
            await ask(engine)
        await asyncio.to_thread(build, "Eva Moss closed the pier in 2021.")
        await engine.follow_index()
        said.append(await ask(engine))
        await engine.close()
        return said

    before, rebuilt = asyncio.run(cut_and_ask())

    assert "Tom Reed" in before
    assert "Eva Moss" in rebuilt


def cut_all_files(engine: Engine) -> None:
    for file in engine.retriever.index_version.folder.iterdir():
        os.truncate(file, 0)
