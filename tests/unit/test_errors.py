import pytest

from rag.errors import IndexMissing, IndexStale, ServerBusy, repeating_options, with_options


def test_an_error_says_its_problem_then_its_next_step() -> None:
    error = IndexMissing("no index in index/; it was moved", next_step="run `rag index FOLDER`")

    assert str(error) == "no index in index/; it was moved; run `rag index FOLDER`"
    assert (error.problem, error.next_step) == ("no index in index/; it was moved", "run `rag index FOLDER`")


def test_an_error_without_a_next_step_says_only_its_problem() -> None:
    assert str(IndexStale("built with another encoder")) == "built with another encoder"


def test_the_next_step_repeats_the_options_that_chose_the_index() -> None:
    error = IndexMissing("no index in my shop", next_step="run `rag models pull`, then `rag index FOLDER`")

    error.repeat_options({"--index-folder": "my shop"})

    assert error.next_step == (
        "run `rag --index-folder 'my shop' models pull`, then `rag --index-folder 'my shop' index FOLDER`"
    )
    assert str(error) == f"no index in my shop; {error.next_step}"
    assert error.public.endswith("then `rag --index-folder INDEX_FOLDER index FOLDER`")


def test_what_all_collections_share_is_not_said_of_one() -> None:
    text = "run `rag keys create NAME`, or `rag index FOLDER`; `rag --debug …` and `rage quit` stay"

    assert with_options(text, {"--collection": "shop"}) == (
        "run `rag keys create NAME`, or `rag --collection shop index FOLDER`; `rag --debug …` and `rage quit` stay"
    )


def test_the_options_that_an_error_has_stay() -> None:
    error = IndexMissing("no index", next_step="run `rag index FOLDER`")

    with pytest.raises(IndexMissing), repeating_options({}), repeating_options({"--collection": "shop"}):
        raise error
    error.repeat_options({"--collection": "club"})

    assert error.next_step == "run `rag --collection shop index FOLDER`"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(1, "1 s"), (119, "119 s"), (120, "2 minutes"), (7199, "120 minutes"), (7201, "3 hours"), (59125, "17 hours")],
)
def test_a_long_wait_is_told_in_larger_units(seconds: int, told: str) -> None:
    assert str(ServerBusy("full", seconds_to_wait=seconds)) == f"full; try again in {told}"
