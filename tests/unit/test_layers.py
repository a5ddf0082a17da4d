"""The order of the packages in docs/architecture.md: a file imports from its own package or from those to the left."""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ORDER = (
    *("types", "errors", "events", "filters", "probability", "files", "sharing", "places"),
    *("text", "llm", "documents", "sites", "encoders", "model_files", "checking"),
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
    *("answering.answerer", "answering.generative", "answering.question.rewriting", "answering.shared_answers"),
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
    for node in statements_of(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in names if name.removeprefix("rag.") in MODULES} or {node.module}
    return {name.removeprefix("rag.") for name in found - {"rag"}}


def statements_of(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield all statements, those inside others too; walking through their expressions would take ten times as long."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for block in ("body", "orelse", "handlers", "finalbody", "cases"):
            waiting.extend(getattr(node, block, ()))


MODULES = modules()
IMPORTS = {name: imports_of(path) for name, path in MODULES.items()}
PURE = [name for name in MODULES if name.startswith(PURE_PACKAGES) and name not in NOT_PURE]


def package_of(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def test_a_module_imports_only_from_its_package_or_from_the_left() -> None:
    wrong = {
        module: from_the_right
        for module, imported in IMPORTS.items()
        if (from_the_right := {package_of(name) for name in imported & MODULES.keys()} - allowed_in(module))
    }

    assert wrong == {}


def allowed_in(module: str) -> set[str]:
    return set(ORDER[: ORDER.index(package_of(module)) + 1])


def test_no_modules_import_each_other_in_a_circle() -> None:
    TopologicalSorter({name: imported & MODULES.keys() for name, imported in IMPORTS.items()}).prepare()


def test_pure_modules_only_compute() -> None:
    used = {module: {package_of(name) for name in IMPORTS[module]} & IMPURE for module in PURE}

    assert {module: names for module, names in used.items() if names} == {}


def test_pure_modules_need_no_library_but_numpy() -> None:
    few = {*sys.stdlib_module_names, "numpy"}
    used = {
        module: {package_of(name) for name in IMPORTS[module] - MODULES.keys()} - few
        for module in PURE
        if package_of(module) != "text"
    }

    assert {module: names for module, names in used.items() if names} == {}


def test_a_folder_holds_at_most_12_modules() -> None:
    n_modules = Counter(path.parent for path in MODULES.values() if path.name != "__init__.py")

    assert {folder: n for folder, n in n_modules.items() if n > MAX_MODULES} == {}


def test_no_module_reaches_400_lines() -> None:
    n_lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}

    assert {name: n for name, n in n_lines.items() if n >= MAX_LINES} == {}
