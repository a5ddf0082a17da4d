"""The order of the packages in docs/architecture.md: a file imports from its own package or from those to the left."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ORDER = (
    *("types", "errors", "events", "filters", "probability", "files"),
    *("text", "llm", "documents", "encoders", "model_files", "checking"),
    *("index", "retrieval", "answering"),
    *("wire", "assembly", "evaluation", "api", "cli"),
)
# Nothing but computing: no file, no clock, no network, no randomness, no library but numpy.
PURE = ("types", "errors", "events", "filters", "probability", "checking", "evaluation.metrics")
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


def package_of(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def is_placed(module: str) -> bool:
    """Whether it has moved to its place in the order."""
    own = package_of(module)
    return own in ORDER and (own in ORDER[:6] or (ROOT / "rag" / own).is_dir())


@pytest.mark.parametrize("module", [name for name in MODULES if is_placed(name)])
def test_a_module_imports_only_from_its_package_or_from_the_left(module: str) -> None:
    own = package_of(module)
    allowed = set(ORDER[: ORDER.index(own) + 1])

    packages = {package_of(name) for name in IMPORTS[module] if name in MODULES and is_placed(name)}

    assert packages <= allowed


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith(PURE)])
def test_pure_modules_only_compute(module: str) -> None:
    roots = {package_of(name) for name in IMPORTS[module] if name not in MODULES}

    assert not roots & IMPURE
    assert roots <= set(sys.stdlib_module_names) | {"numpy"}


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES)
def test_no_module_reaches_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MAX_LINES
