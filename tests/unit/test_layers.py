"""The order of the packages in docs/architecture.md: a file imports from its own package or from those to the left."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ORDER = (
    *("types", "errors", "events", "filters", "probability", "files"),
    *("text", "llm", "documents", "encoders", "model_files", "checking"),
    *("index", "retrieval", "answering"),
    *("wire", "assembly", "evaluation", "api", "cli"),
)
# They compute: no file, clock, network or randomness.
PURE_PACKAGES = (
    *("types", "errors", "events", "filters", "probability", "text"),
    *("checking", "retrieval", "answering", "evaluation.metrics"),
)
# They run threads, wait for an LLM or measure time.
NOT_PURE = {
    *("retrieval.candidates", "retrieval.retriever"),
    *("answering.answerer", "answering.generative", "answering.question.rewriting"),
}
IMPURE = {"os", "io", "pathlib", "socket", "subprocess", "time", "datetime", "random", "secrets", "asyncio"}
MAX_LINES = 400
MAX_MODULES = 12


def modules() -> dict[str, Path]:
    """Every module by its name without "rag."; a package's own file has the package's name."""
    folder = ROOT / "rag"
    return {
        ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(folder.rglob("*.py"))
        if path != folder / "__init__.py"
    }


def imports_of(path: Path) -> set[str]:
    """What a file imports, "rag." left out, also inside functions: modules where they are named, else packages."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in names if name.removeprefix("rag.") in MODULES} or {node.module}
    return {name.removeprefix("rag.") for name in found - {"rag"}}


MODULES = modules()
IMPORTS = {name: imports_of(path) for name, path in MODULES.items()}
PURE = [name for name in MODULES if name.startswith(PURE_PACKAGES) and name not in NOT_PURE]


def package_of(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_its_package_or_from_the_left(module: str) -> None:
    own = package_of(module)
    allowed = set(ORDER[: ORDER.index(own) + 1])

    packages = {package_of(name) for name in IMPORTS[module] if name in MODULES}

    assert packages <= allowed


def test_no_modules_import_each_other_in_a_circle() -> None:
    TopologicalSorter({name: imported & MODULES.keys() for name, imported in IMPORTS.items()}).prepare()


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_only_compute(module: str) -> None:
    assert not {package_of(name) for name in IMPORTS[module]} & IMPURE


@pytest.mark.parametrize("module", [name for name in PURE if package_of(name) != "text"])
def test_pure_modules_need_no_library_but_numpy(module: str) -> None:
    roots = {package_of(name) for name in IMPORTS[module] if name not in MODULES}

    assert roots <= set(sys.stdlib_module_names) | {"numpy"}


@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in MODULES.values()}), ids=lambda folder: str(folder.relative_to(ROOT))
)
def test_a_folder_holds_at_most_12_modules(folder: Path) -> None:
    assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= MAX_MODULES


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES)
def test_no_module_reaches_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MAX_LINES
