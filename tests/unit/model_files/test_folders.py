import json
from pathlib import Path

import pytest

from rag.errors import ModelCorrupt, ModelMissing, RagError
from rag.model_files.folders import check_encoder, check_judge, check_reranker, hash_folder
from tests.model_files import encoder_files, judge_files, make_weights, reranker_files, write_files


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def test_a_whole_encoder_is_taken(tmp_path: Path) -> None:
    check_encoder(write_files(tmp_path, encoder_files()))


def test_an_encoder_in_shards_is_taken(tmp_path: Path) -> None:
    files = encoder_files()
    weights = files.pop("model.safetensors")
    names = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    index = {"weight_map": {"a": names[0], "b": names[1]}}

    check_encoder(
        write_files(tmp_path, files | {"model.safetensors.index.json": as_json(index)} | dict.fromkeys(names, weights))
    )


def test_an_encoder_made_of_a_language_model_is_taken_with_its_pooling(tmp_path: Path) -> None:
    check_encoder(
        write_files(tmp_path, encoder_files() | {"config.json": as_json({"architectures": ["Qwen3ForCausalLM"]})})
    )


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("config.json", r"has no config\.json, so it holds no whole sentence encoder; copy the whole model there"),
        ("tokenizer.json", r"has no tokenizer \(tokenizer\.json, vocab\.txt, vocab\.json, \*\.model\)"),
        ("model.safetensors", r"has no model\.safetensors, so it holds no whole sentence encoder"),
    ],
)
def test_an_encoder_that_lacks_a_file_is_refused_with_its_name(tmp_path: Path, missing: str, told: str) -> None:
    files = encoder_files()
    del files[missing]

    with pytest.raises(ModelMissing, match=told):
        check_encoder(write_files(tmp_path, files))


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    files = encoder_files() | {"model.safetensors.index.json": as_json({"weight_map": {"a": "model-1.safetensors"}})}

    with pytest.raises(ModelMissing, match=r"has no model-1\.safetensors"):
        check_encoder(write_files(tmp_path, files))


@pytest.mark.parametrize(
    "weights", [b"", b"\x01", make_weights()[:-1], make_weights() + b"!", b"\xff" * 64, b"\x04" + bytes(7) + b"null"]
)
def test_weights_that_are_cut_short_or_damaged_are_refused(tmp_path: Path, weights: bytes) -> None:
    with pytest.raises(ModelCorrupt, match=r"model\.safetensors is damaged or cut short; copy the whole model"):
        check_encoder(write_files(tmp_path, encoder_files() | {"model.safetensors": weights}))


@pytest.mark.parametrize("tokenizer", [b"", b"{}", b'{"model": {"type"', b"<html></html>"])
def test_a_tokenizer_that_is_cut_short_or_none_is_refused(tmp_path: Path, tokenizer: bytes) -> None:
    with pytest.raises(ModelCorrupt, match=r"tokenizer\.json is damaged or cut short; copy the whole model"):
        check_encoder(write_files(tmp_path, encoder_files() | {"tokenizer.json": tokenizer}))


@pytest.mark.parametrize("pickle", ["pytorch_model.bin", "model.pt"])
def test_weights_as_a_pickle_alone_are_refused(tmp_path: Path, pickle: str) -> None:
    files = encoder_files()
    files[pickle] = files.pop("model.safetensors")

    with pytest.raises(ModelCorrupt, match=rf"only as a pickle \({pickle}\), which can run code when it is read; take"):
        check_encoder(write_files(tmp_path, files))


def test_a_later_module_with_a_pickle_alone_is_refused(tmp_path: Path) -> None:
    modules = json.loads(encoder_files()["modules.json"])
    modules.append({"name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    files = encoder_files() | {"modules.json": as_json(modules), "2_Dense/pytorch_model.bin": b"pickle"}

    with pytest.raises(ModelCorrupt, match=r"2_Dense has its weights only as a pickle"):
        check_encoder(write_files(tmp_path, files))


def test_a_pickle_beside_safe_weights_is_passed_by(tmp_path: Path) -> None:
    check_encoder(write_files(tmp_path, encoder_files() | {"pytorch_model.bin": b"pickle"}))


def test_a_plain_model_without_pooling_is_no_encoder(tmp_path: Path) -> None:
    files = encoder_files()
    del files["modules.json"]

    with pytest.raises(ModelCorrupt, match=r"is no sentence encoder: it is a plain BertModel without a pooling module"):
        check_encoder(write_files(tmp_path, files))


def test_a_cross_encoder_is_no_encoder(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=r"no sentence encoder: it is a cross-encoder or classifier.*RAG_ENCODER"):
        check_encoder(write_files(tmp_path, reranker_files()))


def test_a_cross_encoder_that_says_so_is_no_encoder(tmp_path: Path) -> None:
    files = encoder_files() | {"config_sentence_transformers.json": b'{"model_type": "CrossEncoder"}'}

    with pytest.raises(ModelCorrupt, match="no sentence encoder: it is a cross-encoder"):
        check_encoder(write_files(tmp_path, files))


def test_a_sparse_encoder_is_no_encoder_for_us(tmp_path: Path) -> None:
    files = encoder_files() | {"config_sentence_transformers.json": b'{"model_type": "SparseEncoder"}'}

    with pytest.raises(ModelCorrupt, match="no sentence encoder: it is a SparseEncoder"):
        check_encoder(write_files(tmp_path, files))


def test_a_language_model_is_no_encoder(tmp_path: Path) -> None:
    files = reranker_files() | {"config.json": as_json({"architectures": ["LlamaForCausalLM"]})}

    with pytest.raises(ModelCorrupt, match="no sentence encoder: it is a language model"):
        check_encoder(write_files(tmp_path, files))


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        ("modeling.py", b"raise SystemExit", r"it holds code \(modeling\.py\)"),
        ("1_Pooling/pool.py", b"", r"it holds code \(1_Pooling/pool\.py\)"),
        (
            "config.json",
            b'{"architectures": ["X"], "auto_map": {"AutoModel": "m.X"}}',
            r"config\.json names code in auto_map",
        ),
        ("tokenizer_config.json", b'{"auto_map": {}}', r"tokenizer_config\.json names code in auto_map"),
        ("modules.json", b'[{"path": "", "type": "os.system"}]', "modules.json names 'os.system', which is not part"),
        (
            "modules.json",
            b'[{"path": "", "type": "sentence_transformersX.Y"}]',
            "modules.json names 'sentence_transformersX.Y'",
        ),
        (
            "modules.json",
            b'[{"path": "../other", "type": "sentence_transformers.models.Transformer"}]',
            r"modules\.json points outside the folder \(\.\./other\)",
        ),
    ],
)
def test_a_folder_that_wants_code_run_is_refused(tmp_path: Path, path: str, content: bytes, told: str) -> None:
    files = encoder_files() | {path: content}

    with pytest.raises(ModelCorrupt, match=rf"is not loaded: {told}.*code is never run; set RAG_ENCODER"):
        check_encoder(write_files(tmp_path, files))


@pytest.mark.parametrize(
    ("path", "content"), [("config.json", b"{"), ("modules.json", b"\xff"), ("modules.json", b"7")]
)
def test_a_configuration_that_cannot_be_read_is_one_clear_error(tmp_path: Path, path: str, content: bytes) -> None:
    with pytest.raises(
        ModelCorrupt, match=rf"{path} (cannot be read|is no list).*; copy the whole model there, or set"
    ):
        check_encoder(write_files(tmp_path, encoder_files() | {path: content}))


def test_a_whole_cross_encoder_is_taken(tmp_path: Path) -> None:
    check_reranker(write_files(tmp_path, reranker_files()))


def test_a_cross_encoder_of_several_modules_is_taken(tmp_path: Path) -> None:
    modules = [{"path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"}]
    files = encoder_files() | {
        "modules.json": as_json(modules),
        "config_sentence_transformers.json": b'{"model_type": "CrossEncoder"}',
    }

    check_reranker(write_files(tmp_path, files))


@pytest.mark.parametrize("labels", [{"id2label": {"0": "no", "1": "yes", "2": "maybe"}}, {"num_labels": 3}])
def test_a_classifier_of_several_labels_is_no_cross_encoder(tmp_path: Path, labels: dict[str, object]) -> None:
    config = {"architectures": ["BertForSequenceClassification"]} | labels

    with pytest.raises(ModelCorrupt, match=r"has 3 scores for a query and a text, expected one; set RAG_RERANKER"):
        check_reranker(write_files(tmp_path, reranker_files() | {"config.json": as_json(config)}))


def test_an_encoder_is_no_cross_encoder(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=r"is no cross-encoder: it is a plain BertModel; set RAG_RERANKER"):
        check_reranker(write_files(tmp_path, encoder_files()))


def test_a_language_model_is_no_cross_encoder(tmp_path: Path) -> None:
    files = reranker_files() | {"config.json": as_json({"architectures": ["LlamaForCausalLM"]})}

    with pytest.raises(ModelCorrupt, match="no cross-encoder: it is a language model"):
        check_reranker(write_files(tmp_path, files))


def test_a_cross_encoder_that_wants_code_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RagError, match=r"holds code \(score\.py\)"):
        check_reranker(write_files(tmp_path, reranker_files() | {"score.py": b""}))


def test_the_hash_is_of_what_decides_the_vectors(tmp_path: Path) -> None:
    first = hash_folder(write_files(tmp_path / "1", encoder_files()))
    same = hash_folder(write_files(tmp_path / "2", encoder_files() | {"README.md": b"read", "other/x.json": b"{}"}))
    prefix = hash_folder(write_files(tmp_path / "3", encoder_files() | {"config_sentence_transformers.json": b"{}"}))
    pooling = hash_folder(write_files(tmp_path / "4", encoder_files() | {"1_Pooling/config.json": b"{}"}))
    weights = hash_folder(write_files(tmp_path / "5", encoder_files() | {"model.safetensors": make_weights(5)}))

    assert first == same
    assert len({first, prefix, pooling, weights}) == 4


def test_a_judge_has_one_label_or_one_that_is_called_entailment(tmp_path: Path) -> None:
    check_judge(write_files(tmp_path / "inference", judge_files()))
    check_judge(write_files(tmp_path / "groundedness", reranker_files()))


def test_a_language_model_is_no_judge_although_it_is_saved_as_a_cross_encoder(tmp_path: Path) -> None:
    modules = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]
    files = judge_files() | {
        "config.json": as_json({"architectures": ["LlamaForCausalLM"]}),
        "config_sentence_transformers.json": as_json({"model_type": "CrossEncoder"}),
        "modules.json": as_json(modules),
    }

    with pytest.raises(ModelCorrupt, match="is LlamaForCausalLM, expected …ForSequenceClassification; set RAG_JUDGE"):
        check_judge(write_files(tmp_path, files))
