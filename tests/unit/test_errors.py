from rag.errors import IndexMissing, IndexStale


def test_an_error_says_its_problem_then_its_next_step() -> None:
    error = IndexMissing("no index in index/; it was moved", next_step="run `rag index FOLDER`")

    assert str(error) == "no index in index/; it was moved; run `rag index FOLDER`"
    assert (error.problem, error.next_step) == ("no index in index/; it was moved", "run `rag index FOLDER`")


def test_an_error_without_a_next_step_says_only_its_problem() -> None:
    assert str(IndexStale("built with another encoder")) == "built with another encoder"
