"""Places are handed out in order, and none is ever lost."""

import asyncio
from random import Random

import pytest

from rag.places import Claim, Places, PlacesTaken


async def positions_of(claim: Claim) -> list[int]:
    return [n_before async for n_before in claim.wait()]


def test_each_who_waits_is_told_how_many_are_before_and_gets_the_place_in_order() -> None:
    async def run() -> list[list[int]]:
        places = Places(1, max_waiting=2)
        first, second, third = (places.claim() for _ in range(3))
        waiting = [asyncio.create_task(positions_of(claim)) for claim in (second, third)]
        await asyncio.sleep(0)
        first.give_back()
        second_positions = await waiting[0]
        assert not third.has_place
        second.give_back()
        return [second_positions, await waiting[1]]

    assert asyncio.run(run()) == [[0], [1, 0]]


def test_a_full_line_is_refused_at_once_and_one_who_leaves_makes_room() -> None:
    places = Places(1, max_waiting=1)
    held, waiting = places.claim(), places.claim()

    with pytest.raises(PlacesTaken):
        places.claim()
    waiting.give_back()
    places.claim()

    assert held.has_place
    assert not waiting.has_place


def test_one_who_leaves_the_line_moves_up_those_behind() -> None:
    async def run() -> list[int]:
        places = Places(1, max_waiting=2)
        first, second, third = (places.claim() for _ in range(3))
        waiting = asyncio.create_task(positions_of(third))
        await asyncio.sleep(0)
        second.give_back()
        await asyncio.sleep(0)
        first.give_back()
        return await waiting

    assert asyncio.run(run()) == [1, 0]


def test_a_place_is_given_back_once() -> None:
    places = Places(1, max_waiting=0)
    with places.claim() as claim:
        claim.give_back()
    places.claim()

    claim.give_back()

    assert places.is_full


@pytest.mark.parametrize("seed", range(20))
def test_whatever_comes_and_goes_the_places_are_used_and_no_more(seed: int) -> None:
    chance, places = Random(seed), Places(3, max_waiting=4)  # noqa: S311 -- repeatable
    held: list[Claim] = []
    for _ in range(300):
        if chance.random() < 0.55:
            try:
                held.append(places.claim())
            except PlacesTaken:
                assert len(held) == 7
        elif held:
            held.pop(chance.randrange(len(held))).give_back()
        assert [claim.has_place for claim in held] == [True] * min(3, len(held)) + [False] * max(0, len(held) - 3)


def test_waiting_ends_where_the_position_was_given_back() -> None:
    async def wait_in_vain() -> list[int]:
        places = Places(1, max_waiting=2)
        places.claim()
        given_back, waiting = places.claim(), places.claim()
        given_back.give_back()
        told = [position async for position in given_back.wait()]
        positions = waiting.wait()
        told.append(await anext(positions))
        waiting.give_back()
        return told + [position async for position in positions]

    assert asyncio.run(wait_in_vain()) == [0]


def test_more_places_let_in_those_who_wait_and_fewer_take_none_away() -> None:
    places = Places(2, max_waiting=2)
    first, second, third, fourth = (places.claim() for _ in range(4))

    places.resize(3, max_waiting=0)
    assert [claim.has_place for claim in (third, fourth)] == [True, False]
    assert places.is_full

    places.resize(1, max_waiting=1)
    first.give_back()
    second.give_back()
    assert not fourth.has_place
    third.give_back()
    assert fourth.has_place
    assert not places.is_full
