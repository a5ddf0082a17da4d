"""Check a folder with a model before anything of it is loaded.

Only file names, configurations and the headers of weights are read. A folder with code of its own
is refused: the code would not be run, so the vectors would be wrong.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from safetensors import SafetensorError, safe_open

from rag.errors import ModelCorrupt, ModelMissing
from rag.files import hash_file

# Files of a model that are read. Pickles (.bin) and code (.py) are left out on purpose.
MODEL_FILE_KINDS = frozenset({".json", ".txt", ".model", ".safetensors"})
WEIGHTS_FILE = "model.safetensors"

_SHARDS_FILE = "model.safetensors.index.json"
_TOKENIZER_FILES = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
_PICKLE_KINDS = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})
_OWN_MODULES = "sentence_transformers."
# The number of labels of a configuration that does not say it.
_DEFAULT_LABELS = 2


@dataclass(frozen=True, slots=True)
class _Role:
    """The use of a model, and the setting that names it."""

    noun: str
    variable: str

    @property
    def other(self) -> str:
        return f"set {self.variable} to another model"

    @property
    def copy_again(self) -> str:
        return f"copy the whole model there, or {self.other}"


_ENCODER = _Role("sentence encoder", "RAG_ENCODER")
_RERANKER = _Role("cross-encoder", "RAG_RERANKER")
_JUDGE = _Role("judge", "RAG_JUDGE")


def check_encoder(folder: Path) -> None:
    """Accept an encoder as sentence-transformers saves it, with a pooling module.

    Raises:
        ModelMissing: Files are missing.
        ModelCorrupt: It is another kind of model, cut short, a pickle, or has code of its own.
    """
    modules, config = _describe_safely(folder, _ENCODER)
    saved_as = _saved_as(folder, _ENCODER)
    if saved_as != "SentenceTransformer" or not any(_type_of(module).endswith(".Pooling") for module in modules):
        raise ModelCorrupt(
            f"{folder} is no sentence encoder: it is {_in_words(config, saved_as)} without a pooling module in "
            "modules.json",
            next_step=_ENCODER.other,
        )
    _require_parts(folder, modules, _ENCODER)


def check_reranker(folder: Path) -> None:
    """Accept a cross-encoder with one score, as sentence-transformers or transformers save it.

    Raises:
        ModelMissing, ModelCorrupt: As for `check_encoder`.
    """
    config = _check_cross_encoder(folder, _RERANKER)
    if _is_classifier(config) and _n_labels(config) != 1:
        raise ModelCorrupt(
            f"{folder} has {_n_labels(config)} scores for a query and a text, expected one", next_step=_RERANKER.other
        )


def check_judge(folder: Path) -> None:
    """Accept a classifier of pairs with one label, or with one that is called entailment.

    Raises:
        ModelMissing, ModelCorrupt: As for `check_encoder`.
    """
    config = _check_cross_encoder(folder, _JUDGE)
    if not _is_classifier(config):
        raise ModelCorrupt(
            f"{folder} is {_architecture(config)}, expected …ForSequenceClassification", next_step=_JUDGE.other
        )
    labels = config.get("id2label")
    names = [str(label) for label in labels.values()] if isinstance(labels, dict) else []
    if _n_labels(config) != 1 and "entailment" not in map(str.casefold, names):
        listed = ", ".join(names) or "without names"
        raise ModelCorrupt(
            f"{folder} has the labels {listed}, expected one of them to be entailment", next_step=_JUDGE.other
        )


def hash_folder(folder: Path) -> str:
    """Return one hash of all files that decide the output of a model."""
    parts = [folder, *(folder / path for path in sorted(set(map(_path_of, _modules_of(folder, _ENCODER)))) if path)]
    files = sorted(file for part in parts if part.is_dir() for file in part.iterdir())
    return hash_of_hashes(
        {
            file.relative_to(folder).as_posix(): hash_file(file)
            for file in files
            if file.suffix in MODEL_FILE_KINDS and file.is_file()
        }
    )


def hash_of_hashes(sha256_by_path: Mapping[str, str]) -> str:
    """Return one hash of a folder from the hashes of its files."""
    lines = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(sha256_by_path.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _check_cross_encoder(folder: Path, role: _Role) -> Mapping[str, object]:
    modules, config = _describe_safely(folder, role)
    saved_as = _saved_as(folder, role)
    if not (saved_as == "CrossEncoder" if modules else _is_classifier(config)):
        raise ModelCorrupt(f"{folder} is no cross-encoder: it is {_in_words(config, saved_as)}", next_step=role.other)
    _require_parts(folder, modules, role)
    return config


def _is_classifier(config: Mapping[str, object]) -> bool:
    return _architecture(config).endswith("ForSequenceClassification")


def _read_json(path: Path, role: _Role) -> object:
    """Return the content of a file; None if it does not exist."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelCorrupt(f"{path} cannot be read ({error})", next_step=role.copy_again) from error


def _read_object(path: Path, role: _Role) -> dict[str, object]:
    found = _read_json(path, role)
    return found if isinstance(found, dict) else {}


def _modules_of(folder: Path, role: _Role) -> list[dict[str, object]]:
    """Return the entries of modules.json; a model saved by transformers has no such file."""
    found = _read_json(folder / "modules.json", role)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(module, dict) for module in found):
        raise ModelCorrupt(f"{folder / 'modules.json'} is no list of modules", next_step=role.copy_again)
    return found


def _path_of(module: Mapping[str, object]) -> str:
    return str(module.get("path", ""))


def _type_of(module: Mapping[str, object]) -> str:
    return str(module.get("type", ""))


def _describe_safely(folder: Path, role: _Role) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Return the modules and the first one's configuration of a model that has no code."""
    modules = _modules_of(folder, role)
    if not modules:
        # Before a search through all files: this may be any folder.
        _require_config(folder, role)
    _refuse_code(folder, modules, role)
    return modules, _require_config(_backbone_of(folder, modules), role)


def _require_parts(folder: Path, modules: list[dict[str, object]], role: _Role) -> None:
    backbone = _backbone_of(folder, modules)
    _require_tokenizer(backbone, role)
    _require_weights(backbone, role)
    for module in modules[1:]:
        _refuse_pickle(folder / _path_of(module), role)


def _backbone_of(folder: Path, modules: list[dict[str, object]]) -> Path:
    """Return the folder of the transformer, which is the first module."""
    return folder / _path_of(modules[0]) if modules else folder


def _refuse_code(folder: Path, modules: list[dict[str, object]], role: _Role) -> None:
    """Raise ModelCorrupt if a folder has code, names code to run, or points outside itself."""
    for problem in _reasons_to_distrust(folder, modules, role):
        raise ModelCorrupt(f"{folder} is not loaded: {problem}, and a model's code is never run", next_step=role.other)


def _reasons_to_distrust(folder: Path, modules: list[dict[str, object]], role: _Role) -> Iterator[str]:
    yield from (f"it holds code ({file.relative_to(folder)})" for file in sorted(folder.rglob("*.py")))
    for file in sorted(folder.rglob("*config*.json")):
        if "auto_map" in _read_object(file, role):
            yield f"{file.relative_to(folder)} names code in auto_map"
    for module in modules:
        path = PurePosixPath(_path_of(module))
        if not _type_of(module).startswith(_OWN_MODULES):
            yield f"modules.json names {_type_of(module)!r}, which is not part of sentence-transformers"
        if path.is_absolute() or ".." in path.parts:
            yield f"modules.json points outside the folder ({path})"


def _require_config(backbone: Path, role: _Role) -> dict[str, object]:
    config = _read_object(backbone / "config.json", role)
    if not config:
        raise ModelMissing(
            f"{backbone} has no config.json, so it holds no whole {role.noun}", next_step=role.copy_again
        )
    return config


def _require_tokenizer(backbone: Path, role: _Role) -> None:
    if not any(next(backbone.glob(name), None) for name in _TOKENIZER_FILES):
        raise ModelMissing(
            f"{backbone} has no tokenizer ({', '.join(_TOKENIZER_FILES)}), so it holds no whole {role.noun}",
            next_step=role.copy_again,
        )
    if (backbone / _TOKENIZER_FILES[0]).is_file():
        # Some have 17 MB. Reading that takes no time at a start, but parsing it would.
        content = (backbone / _TOKENIZER_FILES[0]).read_bytes()
        if b'"model"' not in content or not content.rstrip().endswith(b"}"):
            raise ModelCorrupt(f"{backbone / _TOKENIZER_FILES[0]} is damaged or cut short", next_step=role.copy_again)


def _require_weights(backbone: Path, role: _Role) -> None:
    shards = _read_object(backbone / _SHARDS_FILE, role).get("weight_map")
    names = sorted(set(map(str, shards.values()))) if isinstance(shards, dict) else [WEIGHTS_FILE]
    if names == [WEIGHTS_FILE]:
        _refuse_pickle(backbone, role)
    for name in names:
        if not (backbone / name).is_file():
            raise ModelMissing(f"{backbone} has no {name}, so it holds no whole {role.noun}", next_step=role.copy_again)
        if not _is_whole(backbone / name):
            raise ModelCorrupt(f"{backbone / name} is damaged or cut short", next_step=role.copy_again)


def _refuse_pickle(part: Path, role: _Role) -> None:
    """Raise ModelCorrupt if the weights of a part exist only as a pickle."""
    pickles = sorted(file.name for file in part.iterdir() if file.suffix in _PICKLE_KINDS) if part.is_dir() else []
    if pickles and not (part / WEIGHTS_FILE).is_file():
        raise ModelCorrupt(
            f"{part} has its weights only as a pickle ({pickles[0]}), which can run code when it is read",
            next_step=f"take a copy with {WEIGHTS_FILE}, or {role.other}",
        )


def _is_whole(weights: Path) -> bool:
    """Say whether a file is as long as its header says."""
    try:
        with safe_open(weights, framework="numpy"):
            return True
    except SafetensorError:
        return False


def _saved_as(folder: Path, role: _Role) -> str:
    """Return the kind of a saved model; old versions of sentence-transformers do not say it."""
    return str(
        _read_object(folder / "config_sentence_transformers.json", role).get("model_type", "SentenceTransformer")
    )


def _architecture(config: Mapping[str, object]) -> str:
    architectures = config.get("architectures")
    return str(architectures[0]) if isinstance(architectures, list) and architectures else ""


def _n_labels(config: Mapping[str, object]) -> int:
    labels = config.get("id2label")
    if isinstance(labels, dict):
        return len(labels)
    n_labels = config.get("num_labels", _DEFAULT_LABELS)
    return n_labels if isinstance(n_labels, int) else _DEFAULT_LABELS


def _in_words(config: Mapping[str, object], saved_as: str) -> str:
    """Describe the kind of a model."""
    architecture = _architecture(config)
    if saved_as == "CrossEncoder" or architecture.endswith("ForSequenceClassification"):
        return "a cross-encoder or classifier"
    if architecture.endswith("ForCausalLM"):
        return "a language model"
    if saved_as != "SentenceTransformer":
        return f"a {saved_as}"
    return f"a plain {architecture or 'model'}"
