"""Read and cut files in child processes, several at a time; one that takes too long is killed."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass

from rag.documents.formats.ocr import MAY_HOLD_PICTURES
from rag.documents.formats.shared.limits import Limits
from rag.documents.scan import FoundFile
from rag.types import Block, Document, Facts, LeftOut, Passage, Span

# A child is replaced after so many files, because libraries leak memory.
_FILES_PER_CHILD = 500
_MAX_REPLY_CHARACTERS = 1 << 31


@dataclass(frozen=True, slots=True)
class FileContent:
    """The content of a file.

    Attributes:
        document: Without id and uri, and without facts except the language.
        own: What the file says of itself.
        passages: Without their ids and the title.
    """

    document: Document
    own: Facts
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a file cannot be read.

    Attributes:
        is_lasting: Reading the same bytes again would fail again.
        is_broken: The child died while it read the file.
    """

    reason: str
    is_lasting: bool = True
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Limits for reading one file; a file that exceeds them is skipped.

    Attributes:
        seconds: Of a child's time, without that for pictures.
        max_memory_bytes: Of a child's address space.
    """

    seconds: float
    max_memory_bytes: int
    limits: Limits

    def seconds_for(self, file: FoundFile) -> float:
        """Return how long a file may take, its pictures included."""
        may_hold_pictures = file.path.suffix.lower() in MAY_HOLD_PICTURES
        return self.seconds + (self.limits.ocr_seconds if may_hold_pictures else 0)


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """Limits for the length of a passage, in tokens."""

    max_tokens: int
    min_tokens: int


Readings = Generator[tuple[FoundFile, FileContent | Unread], None, None]
ReadFiles = Callable[[Sequence[tuple[FoundFile, str]], int, ParseLimits, TokenBudget], Readings]
MakeTimer = Callable[[float, Callable[[], None]], threading.Timer]


def read_files(
    tasks: Sequence[tuple[FoundFile, str]],
    n_children: int,
    parse: ParseLimits,
    budget: TokenBudget,
    make_timer: MakeTimer = threading.Timer,
) -> Readings:
    """Yield the content of each file, or why it cannot be read, in the order of completion.

    Closing the iterator ends the children.

    Args:
        tasks: Files with their sha256.
    """
    children = [_Child(parse, budget, make_timer) for _ in range(min(n_children, len(tasks)))]
    idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()
    for child in children:
        idle.put(child)

    def read(file: FoundFile, sha256: str) -> tuple[FoundFile, FileContent | Unread]:
        child = idle.get()
        try:
            result = child.read(file, sha256)
            if isinstance(result, Unread) and result.is_broken and not child.is_over:
                # The child may have been killed for another reason; a second death is due to the
                # file.
                result = child.read(file, sha256)
            return file, result
        finally:
            if child.is_over:
                child.end()
            idle.put(child)

    pool = ThreadPoolExecutor(max(1, len(children)))
    try:
        for done in as_completed([pool.submit(read, file, sha256) for file, sha256 in tasks]):
            yield done.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.end()


class _Child:
    """A child process, started when it is needed."""

    def __init__(self, parse: ParseLimits, budget: TokenBudget, make_timer: MakeTimer) -> None:
        self._parse = parse
        self._make_timer = make_timer
        self._budget = budget
        self._process: subprocess.Popen[str] | None = None
        self._n_read = 0
        self.is_over = False

    def read(self, file: FoundFile, sha256: str) -> FileContent | Unread:
        process = self._running()
        is_late = threading.Event()

        def kill() -> None:
            is_late.set()
            process.kill()

        seconds = self._parse.seconds_for(file)
        timer = self._make_timer(seconds, kill)
        timer.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(make_request(file, sha256, self._parse, self._budget)) + "\n")
            process.stdin.flush()
            line = process.stdout.readline(_MAX_REPLY_CHARACTERS)
        except OSError:
            line = ""
        finally:
            timer.cancel()
        self._n_read += 1
        if line.endswith("\n"):
            return as_reading(json.loads(line))
        self._kill()
        if is_late.is_set():
            return Unread(f"takes longer than {seconds:g} s to read; split it or raise parse_seconds")
        reason = "breaks its reader (out of memory, or damaged); open and save it again, or split it"
        return Unread(reason, is_broken=True)

    def end(self) -> None:
        """Kill the process and start no other."""
        self.is_over = True
        self._kill()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(OSError):
            process.communicate(timeout=5)

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is not None and self._n_read >= _FILES_PER_CHILD:
            self._kill()
        if self._process is None:
            self._n_read = 0
            # Threads of its libraries would compete with the other children for the cores.
            environment = os.environ | {"OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rag.documents.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env=environment,
                # Ctrl-C reaches only the parent, which then ends its children.
                start_new_session=True,
            )
        return self._process


def make_request(file: FoundFile, sha256: str, parse: ParseLimits, budget: TokenBudget) -> dict[str, object]:
    """Return the request for one file."""
    return {
        "path": os.fsencode(file.path.absolute()).hex(),
        "name": file.path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        "sha256": sha256,
        "max_memory_bytes": parse.max_memory_bytes,
        "limits": asdict(parse.limits),
        **asdict(budget),
    }


def as_reading(fields: dict) -> FileContent | Unread:  # type: ignore[type-arg]  # the child's JSON object
    """Return the reply of a child."""
    if "reason" in fields:
        return Unread(str(fields["reason"]), is_lasting=bool(fields.get("is_lasting")))
    document = fields["document"]
    blocks = tuple(Block(a, b, kind, tuple(headings), page) for a, b, kind, headings, page in document["blocks"])
    left_out = tuple(LeftOut(what, n, tuple(pages), name) for what, n, pages, name in document["left_out"])
    pictures = tuple(document["picture_pages"])
    return FileContent(
        Document(**{**document, "blocks": blocks, "left_out": left_out, "picture_pages": pictures}),
        Facts(**{**fields["facts"], "tags": tuple(fields["facts"]["tags"])}),
        tuple(_as_passage(i, cut, document["text"]) for i, cut in enumerate(fields["passages"])),
    )


def _as_passage(ordinal: int, cut: Sequence, text: str) -> Passage:  # type: ignore[type-arg]  # a JSON array
    start, end, sentences, page, headings = cut
    spans = tuple(Span(*span) for span in sentences)
    return Passage("", "", ordinal, start, end, text[start:end], spans, page, tuple(headings))
