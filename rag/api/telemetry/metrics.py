"""What the server counts about itself, for Prometheus. No label holds what a reader or a key says.

Each process counts for itself. What changes by itself, such as the age of the index, is read when
the metrics are.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from rag.types import Answer, Usage

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_PARTS = ("index", "llm", "conversations")


@dataclass(frozen=True, slots=True)
class ServedState:
    """How a collection answers now.

    Attributes:
        index_version: None if it cannot answer.
        built_at: When the version was written, seconds since 1970.
        degraded: The parts that fail.
        is_llm_paused: Requests to the LLM are paused after failures.
        n_waiting_for_llm: Answers in line before it.
    """

    collection: str
    index_version: str | None = None
    built_at: float = 0.0
    degraded: frozenset[str] = frozenset()
    is_llm_paused: bool = False
    n_waiting_for_llm: int = 0


class Metrics:
    """The metrics of one app, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "footnote_requests", "Replies by route and status.", ("method", "route", "status"), registry=self._registry
        )
        self._request_seconds = Histogram(
            "footnote_request_seconds",
            "From the head of a request to the end of its reply.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._refused = Counter(
            "footnote_refused", "Requests over a limit, by the code of it.", ("code",), registry=self._registry
        )
        self._in_flight = Gauge("footnote_requests_in_flight", "Requests being answered.", registry=self._registry)
        self._questions = Counter(
            "footnote_questions",
            "Questions by how they ended, their kind, and who answered.",
            ("outcome", "kind", "answered_by"),
            registry=self._registry,
        )
        self._degraded = Counter(
            "footnote_degraded_answers", "Answers that the LLM should have generated.", registry=self._registry
        )
        self._cached = Counter(
            "footnote_cached_answers",
            "Answers that were worked out for another reader, who asked the same question.",
            registry=self._registry,
        )
        self._asking = Gauge("footnote_questions_in_flight", "Questions being answered.", registry=self._registry)
        self._stages = Histogram(
            "footnote_stage_seconds",
            "Time of an answer by step: rewrite, search, llm, check; total.",
            ("stage",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._tokens = Counter("footnote_llm_tokens", "Tokens of the LLM.", ("kind",), registry=self._registry)
        ProcessCollector(registry=self._registry)

    def watch(self, states: Callable[[], Iterable[ServedState]], n_waiting: Callable[[], int]) -> None:
        """Report also these states, and how many wait to be begun, read each time."""
        self._registry.register(_States(states))
        waiting = Gauge("footnote_waiting_to_begin", "Questions and searches in line.", registry=self._registry)
        waiting.set_function(n_waiting)

    @contextmanager
    def request_in_flight(self) -> Iterator[None]:
        with self._in_flight.track_inprogress():
            yield

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a reply.

        Args:
            method, route: Of a closed set, never what a client wrote.
        """
        self._requests.labels(method, route, status).inc()
        self._request_seconds.labels(route).observe(seconds)

    def count_refused(self, code: str) -> None:
        """Count a request over a limit.

        Args:
            code: Of the problem.
        """
        self._refused.labels(code).inc()

    @contextmanager
    def question_in_flight(self) -> Iterator[None]:
        with self._asking.track_inprogress():
            yield

    def count_answer(self, answer: Answer) -> None:
        self._questions.labels(answer.outcome, answer.kind or "none", answer.answered_by).inc()
        self._degraded.inc(bool(answer.degraded))
        self._cached.inc(answer.cached)
        timings = answer.timings_ms
        steps = {"total": timings.total}
        if not answer.cached:
            steps |= {"rewrite": timings.rewrite, "search": timings.retrieve}
        if timings.llm:
            steps |= {"llm": timings.llm, "check": timings.check}
        for step, ms in steps.items():
            self._stages.labels(step).observe(ms / 1000)
        self.count_tokens(answer.usage)

    def count_tokens(self, usage: Usage) -> None:
        self._tokens.labels("prompt").inc(usage.prompt_tokens)
        self._tokens.labels("completion").inc(usage.completion_tokens)

    def count_unanswered(self, *, has_failed: bool) -> None:
        """Count a question whose answer failed, or whose reader left."""
        self._questions.labels("failed" if has_failed else "left", "none", "none").inc()

    def exposed(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics and their media type, in the format that a client accepts."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type


class _States(Collector):
    def __init__(self, states: Callable[[], Iterable[ServedState]]) -> None:
        self._states = states

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registering must not read the states."""
        return ()

    def collect(self) -> Iterable[Metric]:
        ready = GaugeMetricFamily("footnote_ready", "1 if it can answer.", labels=("collection",))
        index = InfoMetricFamily("footnote_index", "The index version.", labels=("collection",))
        built = GaugeMetricFamily(
            "footnote_index_built_timestamp_seconds", "When the index version was written.", labels=("collection",)
        )
        degraded = GaugeMetricFamily("footnote_degraded", "1 if the part fails.", labels=("collection", "part"))
        paused = GaugeMetricFamily(
            "footnote_llm_paused", "1 while the LLM is not called after failures.", labels=("collection",)
        )
        waiting = GaugeMetricFamily(
            "footnote_waiting_for_llm", "Answers in line before the LLM.", labels=("collection",)
        )
        for state in self._states():
            ready.add_metric((state.collection,), float(state.index_version is not None))
            if state.index_version is None:
                continue
            index.add_metric((state.collection,), {"version": state.index_version})
            built.add_metric((state.collection,), state.built_at)
            paused.add_metric((state.collection,), float(state.is_llm_paused))
            waiting.add_metric((state.collection,), float(state.n_waiting_for_llm))
            for part in _PARTS:
                degraded.add_metric((state.collection, part), float(part in state.degraded))
        return (ready, index, built, degraded, paused, waiting)
