import pytest

from rag.llm.circuit_breaker import Attempt, CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def begin(breaker: CircuitBreaker) -> Attempt:
    attempt = breaker.begin()
    assert attempt is not None
    return attempt


def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        breaker.fail(begin(breaker))


def test_five_failures_in_a_row_begin_a_pause(clock: Clock) -> None:
    breaker = CircuitBreaker(clock, pause_seconds=30)

    fail(breaker, 4)
    breaker.succeed(begin(breaker))
    fail(breaker, 4)
    assert breaker.seconds_left == 0
    fail(breaker, 1)

    assert breaker.seconds_left == 30
    assert breaker.begin() is None


def test_after_the_pause_one_may_try_and_its_success_ends_it(clock: Clock) -> None:
    breaker = CircuitBreaker(clock, pause_seconds=30)
    fail(breaker, 5)
    clock.seconds = 30

    trial = begin(breaker)
    assert breaker.begin() is None
    breaker.succeed(trial)

    assert breaker.begin() is not None


def test_each_failed_trial_doubles_the_pause_up_to_ten_times(clock: Clock) -> None:
    breaker = CircuitBreaker(clock, pause_seconds=30)
    fail(breaker, 5)
    pauses = []
    for _ in range(5):
        pauses.append(breaker.seconds_left)
        clock.seconds += breaker.seconds_left
        fail(breaker, 1)

    assert pauses == [30, 60, 120, 240, 300]


def test_a_failure_counts_only_where_nothing_succeeded_meanwhile(clock: Clock) -> None:
    breaker = CircuitBreaker(clock, pause_seconds=30)
    slow = [begin(breaker) for _ in range(5)]
    breaker.succeed(begin(breaker))

    for attempt in slow:
        breaker.fail(attempt)

    assert breaker.seconds_left == 0


def test_a_refused_key_pauses_at_once_and_zero_never_pauses(clock: Clock) -> None:
    breaker, patient = CircuitBreaker(clock, pause_seconds=30), CircuitBreaker(clock, pause_seconds=0)

    breaker.refuse(begin(breaker))
    fail(patient, 9)

    assert breaker.begin() is None
    assert patient.begin() is not None


def test_a_trial_that_nobody_saw_end_lets_another_one_try(clock: Clock) -> None:
    breaker = CircuitBreaker(clock, pause_seconds=30)
    fail(breaker, 5)
    clock.seconds = 30

    breaker.abandon(begin(breaker))

    assert breaker.begin() is not None


def test_what_began_before_a_pause_counts_no_more_when_it_ends(clock: Clock) -> None:
    breaker = CircuitBreaker(clock, pause_seconds=30)
    slow = begin(breaker)
    fail(breaker, 5)
    clock.seconds = 20

    breaker.refuse(slow)
    breaker.succeed(slow)

    assert breaker.seconds_left == 10
    assert breaker.begin() is None


def test_a_failure_from_before_a_pause_is_not_taken_for_that_of_the_trial(clock: Clock) -> None:
    breaker = CircuitBreaker(clock, pause_seconds=30)
    slow = begin(breaker)
    fail(breaker, 5)
    clock.seconds = 30
    trial = begin(breaker)

    breaker.fail(slow)
    breaker.abandon(slow)

    assert breaker.seconds_left == 0
    assert breaker.begin() is None
    breaker.succeed(trial)
    assert breaker.begin() is not None


def test_a_success_makes_the_next_pause_short_again(clock: Clock) -> None:
    breaker = CircuitBreaker(clock, pause_seconds=30)
    fail(breaker, 5)
    clock.seconds = 30
    fail(breaker, 1)
    clock.seconds = 90
    breaker.succeed(begin(breaker))

    fail(breaker, 5)

    assert breaker.seconds_left == 30
