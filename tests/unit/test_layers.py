"""The layers of docs/architecture.md: a module imports only from lower ones."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LAYERS: dict[float, tuple[str, ...]] = {
    0: ("rag", "types", "errors", "filters", "encoding"),
    0.5: ("events",),
    1: (
        "agreement",
        "bootstrap",
        "chunking",
        "circuit_breaker",
        "citation_quality",
        "citing",
        "comparison",
        "composing",
        "context_reading",
        "correctness",
        "declining",
        "gating",
        "greeting",
        "notes",
        "question_parts",
        "reply_parts",
        "retrying",
        "risk_coverage",
        "scores",
        "evidence",
        "following",
        "fusion",
        "joining",
        "limiting",
        "linking",
        "llm_requests",
        "matching",
        "metrics",
        "misplacing",
        "packing",
        "prompting",
        "pronouns",
        "questions",
        "ranking",
        "reliability",
        "smuggling",
        "substituting",
        "support",
        "terms",
        "words",
    ),
    # models.py says what is fetched, downloading.py how; exports.py what an exported encoder is; formats reads files.
    # torch_models.py loads what sentence-transformers reads.
    1.5: ("downloading", "exports", "formats", "llm_transport", "torch_models"),
    1.6: ("llm_faults", "model_folders"),
    2: (
        *("artifacts", "conversations", "dense", "embedding", "embedding_log", "entailing", "generation"),
        *("hub", "languages"),
        *("lexical", "local_llm", "models", "reference_encoder", "reranking", "scanning", "segmenting", "stemming"),
        *("store", "tokenizing"),
    ),
    # How a folder becomes a generation, in steps: each may use the one before.
    2.1: ("exporting", "parsing", "planning"),
    2.2: ("encoders", "vectorising"),
    2.3: ("indexing",),
    3: (
        *(
            "proposing",
            "retrieval",
            "searching",
            "finding",
            "rewriting",
            "telling",
            "judging",
            "offering",
            "completing",
            "answering",
            "naive",
        ),
        *("measuring", "parse_child"),
    ),
    4: (
        "settings",
        "folders",
        "upkeep",
        "assembly",
        "index_assembly",
        "model_sources",
        "evaluation",
        "question_sets",
        "floors",
        "eval_report",
        "eval_tables",
        "eval_plots",
        "eval_html",
        "cli",
        "cli_eval",
        "cli_filters",
        "cli_output",
        "chat",
        "doctor",
        "hit_view",
        "progress",
        "serving",
        "terminal",
        "api",
        "server",
    ),
}
LAYER_BY_MODULE = {module: layer for layer, names in LAYERS.items() for module in names}
# The standard library and nothing else, so that the story can be read and tested without installing anything.
PURE_LAYER = 1


def modules() -> list[Path]:
    return sorted((ROOT / "rag").rglob("*.py"))


def layer_of(module: str) -> float:
    return LAYER_BY_MODULE[module.split(".")[1] if "." in module else module]


def imports_of(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module] if node.module != "rag" else [f"rag.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_lower_layers_or_its_own_above_2(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    own = layer_of(name)

    for imported in imports_of(path):
        if imported in {"rag", "rag.__version__"} or not imported.startswith("rag."):
            continue
        other = layer_of(imported)
        may_share = own in {0, 1, 3, 4} or imported.startswith("rag.formats")
        assert other < own or (may_share and other == own), f"{name} (L{own}) imports {imported} (L{other})"


@pytest.mark.parametrize("module", [module for module, layer in LAYER_BY_MODULE.items() if layer <= PURE_LAYER])
def test_pure_modules_import_nothing_that_does_anything(module: str) -> None:
    path = ROOT / "rag" / ("__init__.py" if module == "rag" else f"{module}.py")
    forbidden = {"os", "io", "pathlib", "socket", "subprocess", "time", "datetime", "random", "secrets", "asyncio"}

    roots = {imported.split(".")[0] for imported in imports_of(path)}

    assert not roots & forbidden
    assert roots <= set(sys.stdlib_module_names) | {"rag", "numpy"}


def test_every_module_has_a_layer() -> None:
    names = {path.relative_to(ROOT / "rag").parts[0].removesuffix(".py") for path in modules()}

    assert names - {"__init__"} <= set(LAYER_BY_MODULE)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_reaches_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 400
