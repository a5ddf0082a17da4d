"""The exported encoder against sentence-transformers itself, with the real model and with small ones made here."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from rag.encoders.exported import EXPORT_VERSION, MODEL_FILE, Export, read_export
from rag.encoders.exporting.encoder import describe_difference, export_encoder
from rag.encoders.onnx import OnnxEncoder
from rag.encoders.open_encoder import open_serving_encoder, prepare_export
from rag.encoders.reference import ReferenceEncoder
from rag.errors import ModelMissing
from rag.model_files.builtin import locate_encoder
from tests.encoder.conftest import make_small_encoder

TEXTS = (
    "The ferry to Amrum leaves at 9.15 and takes two hours.",
    "Dogs are welcome on board, but must be kept on a lead.",
    "Die Fähre fährt im Winter nur dienstags und samstags.",
    "A bicycle costs six euros each way; a tandem counts as two.",
    "Who is allowed to smoke?",
    "Return code 17: the disk is full. " * 12,
)


@pytest.fixture(scope="session")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("models") / "built-in.export"
    export_encoder(locate_encoder(), target)
    return target


def open_export(folder: Path) -> OnnxEncoder:
    export = read_export(folder)
    assert export is not None
    return OnnxEncoder(folder, export, n_threads=2)


def test_the_built_in_encoder_is_served_with_8_bits_and_gives_the_models_own_vectors(built_in: Path) -> None:
    export = read_export(built_in)
    assert export is not None

    cosines = np.sum(
        open_export(built_in).encode_texts(TEXTS) * ReferenceEncoder(locate_encoder()).encode_texts(TEXTS), 1
    )

    assert export.kind in {"int8", "uint8"}
    assert export.cosine > 0.995
    assert cosines.min() > 0.99


def test_a_text_has_the_same_vector_alone_and_in_company(built_in: Path) -> None:
    encoder = open_export(built_in)

    together = encoder.encode_texts(TEXTS)

    assert all(np.array_equal(encoder.encode_texts([text])[0], row) for text, row in zip(TEXTS, together, strict=True))
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(built_in: Path) -> None:
    assert open_export(built_in).encode_texts([]).shape == (0, 384)


def test_an_export_comes_out_the_same_each_time(built_in: Path, tmp_path: Path) -> None:
    first = read_export(built_in)

    assert export_encoder(locate_encoder(), tmp_path / "again") == first


def test_pooling_prefixes_and_limit_are_the_models_own(small_model: Path, tmp_path: Path) -> None:
    export_encoder(small_model, tmp_path / "export")
    encoder = open_export(tmp_path / "export")
    model = SentenceTransformer(str(small_model), device="cpu")

    as_passage, as_query = encoder.encode_texts(TEXTS[:1])[0], encoder.encode_query(TEXTS[0])

    own_passage, own_query = (
        encode(TEXTS[0], normalize_embeddings=True) for encode in (model.encode_document, model.encode_query)
    )
    long = np.sum(encoder.encode_texts(TEXTS) * model.encode_document(list(TEXTS), normalize_embeddings=True), 1)
    assert long.min() > 0.97
    assert as_passage @ own_passage > 0.999 > as_passage @ own_query
    assert as_query @ own_query > 0.999 > as_query @ own_passage


def test_the_vector_of_a_query_is_computed_once_and_nobody_can_change_it(small_model: Path, tmp_path: Path) -> None:
    export_encoder(small_model, tmp_path / "export")
    encoder = open_export(tmp_path / "export")

    vector = encoder.encode_query(TEXTS[0])

    assert encoder.encode_query(TEXTS[0]) is vector
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1


@pytest.mark.parametrize("pooling_mode", ["mean", "max", "lasttoken"])
def test_pooling_is_the_models_own_and_vectors_have_length_1(tmp_path: Path, pooling_mode: str) -> None:
    folder = make_small_encoder(tmp_path, pooling_mode)
    export_encoder(folder, tmp_path / "export")
    model = SentenceTransformer(str(folder), device="cpu")

    vectors = open_export(tmp_path / "export").encode_texts(TEXTS)

    own = model.encode_document(list(TEXTS))
    assert np.linalg.norm(own, axis=1).min() > 1.1, "the model itself does not normalise"
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.sum(vectors * own / np.linalg.norm(own, axis=1, keepdims=True), 1).min() > 0.97


def test_a_model_that_cannot_be_traced_serves_as_it_is(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no such operator\nand more")

    monkeypatch.setattr(torch.onnx, "export", refuse)

    encoder = open_serving_encoder(small_model, tmp_path / "export", 1, lambda: None)

    export = read_export(tmp_path / "export")
    assert isinstance(encoder, ReferenceEncoder)
    assert export is not None
    assert (export.kind, export.problem) == (None, "RuntimeError: no such operator")
    assert not (tmp_path / "export" / MODEL_FILE).exists()


@pytest.mark.parametrize("spoil", ["cut", "missing", "other version"])
def test_a_damaged_export_is_made_anew(small_model: Path, tmp_path: Path, spoil: str) -> None:
    target, starts = tmp_path / "export", []
    good = prepare_export(small_model, target, lambda: starts.append("first"))
    if spoil == "cut":
        (target / MODEL_FILE).write_bytes((target / MODEL_FILE).read_bytes()[:-1])
    elif spoil == "missing":
        (target / MODEL_FILE).unlink()
    else:
        (target / "export.json").write_text('{"version": 0}')

    again = prepare_export(small_model, target, lambda: starts.append("second"))

    assert starts == ["first", "second"]
    assert again == good
    assert prepare_export(small_model, target, lambda: starts.append("third")) == good
    assert starts == ["first", "second"]


def test_a_folder_that_cannot_be_written_is_named_with_the_setting(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(ModelMissing, match=r"could not be prepared in .*file/export: .*set RAG_MODELS_FOLDER"):
        prepare_export(small_model, tmp_path / "file" / "export", lambda: None)


def test_vectors_of_another_encoder_are_noticed() -> None:
    generator = np.random.default_rng(3)
    wanted = generator.normal(size=(40, 16)).astype(np.float32)
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    turned = np.roll(wanted, 1, axis=1)

    assert describe_difference(wanted, wanted) == ""
    assert "cosines of" in describe_difference(wanted, turned)
    assert "shape" in describe_difference(wanted, wanted[:, :8])


def test_what_was_written_is_read(tmp_path: Path) -> None:
    export = Export(EXPORT_VERSION, None, "", 32, "ask: ", "", 1.0, "why")
    export.write(tmp_path)

    assert read_export(tmp_path) == export
