"""Judges that the settings name: small models made here, of three families, loaded as real ones would be."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import CrossEncoder
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    DebertaV2Config,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
)

from rag.encoders.exported import MODEL_FILE, read_judge_export
from rag.encoders.exporting.judge import describe_difference, export_judge, make_probe_pairs
from rag.encoders.exporting.kinds import read_probe_texts
from rag.encoders.named_judge.judge import NamedJudge, open_named_judge, prepare_judge
from rag.encoders.named_judge.onnx import ExportedJudge
from rag.encoders.named_judge.reference import ReferenceJudge
from rag.errors import ModelCorrupt
from rag.model_files.builtin import locate_encoder
from rag.model_files.folders import check_judge
from rag.text.tools import Judgement

TEXT, STATEMENT = "The ferry leaves at seven.", "It leaves at seven."
PAIRS = (
    (TEXT, STATEMENT),
    (TEXT, TEXT),
    (TEXT, "Dogs are welcome on board."),
    ("", STATEMENT),
    ("[SEP] [CLS] </s> yes", "😀 {0} %s\n"),
    ("Die Fähre fährt im Winter nur dienstags.", "东京タワー Президент"),
)
THREE = ("contradiction", "entailment", "neutral")
# Weights far enough from zero that the models tell pairs apart.
SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "initializer_range": 0.2,
}
MAX_TOKENS = 64


class Halves:
    """A built-in judge that says nothing about support, and contradicted three times as often as not said."""

    def reads(self, _language: str) -> bool:
        return False

    def judge_statement(self, _text: str, _statement: str) -> Judgement:
        return Judgement(0.2, 0.6, 0.2)

    def judge_answer(self, _text: str, _question: str) -> float:
        return 0.25


def save(folder: Path, config: PreTrainedConfig, labels: Sequence[str], tokenizer: PreTrainedTokenizerFast) -> Path:
    config.num_labels = len(labels)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: number for number, label in enumerate(labels)}
    torch.manual_seed(9)
    model = AutoModelForSequenceClassification.from_config(config)
    # RoBERTa's classifier has two layers.
    last = [weights for weights in model.classifier.parameters() if weights.ndim == 2][-1]
    torch.nn.init.normal_(last, std=0.4)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def wordpieces() -> PreTrainedTokenizerFast:
    marks = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    return PreTrainedTokenizerFast(
        tokenizer_file=str(locate_encoder() / "tokenizer.json"),
        model_max_length=MAX_TOKENS,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        **marks,
    )


def byte_pairs() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    marks = {"cls_token": "<s>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>"}
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=list(marks.values()),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text for part in read_probe_texts() for text in part], trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=MAX_TOKENS,
        model_input_names=["input_ids", "attention_mask"],
        **marks,
    )


def make_bert(folder: Path, labels: Sequence[str] = THREE) -> Path:
    return save(folder, BertConfig(**SMALL), labels, wordpieces())


def make_roberta(folder: Path, labels: Sequence[str] = THREE) -> Path:
    config = RobertaConfig(**SMALL, vocab_size=600, type_vocab_size=1, pad_token_id=1, max_position_embeddings=80)
    return save(folder, config, labels, byte_pairs())


def make_deberta(folder: Path, labels: Sequence[str] = THREE) -> Path:
    config = DebertaV2Config(
        **SMALL,
        vocab_size=30522,
        type_vocab_size=0,
        relative_attention=True,
        position_biased_input=False,
        pos_att_type=["p2c", "c2p"],
        position_buckets=16,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        max_position_embeddings=MAX_TOKENS,
    )
    return save(folder, config, labels, wordpieces())


MAKERS = {"bert": make_bert, "roberta": make_roberta, "deberta": make_deberta}


@pytest.fixture(scope="module", params=MAKERS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model of each family, and its export."""
    folder = tmp_path_factory.mktemp(request.param)
    maker: Callable[[Path], Path] = MAKERS[request.param]
    source = maker(folder / "model")
    export_judge(source, folder / "export")
    return source, folder / "export"


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("bert")
    source = make_bert(folder / "model")
    export_judge(source, folder / "export")
    return source, folder / "export"


def own_shares(folder: Path) -> np.ndarray:
    bare = CrossEncoder(str(folder), device="cpu", activation_fn=torch.nn.Identity())
    numbers = torch.tensor(bare.predict([list(pair) for pair in PAIRS], batch_size=1))
    return torch.softmax(numbers, -1).numpy()


def test_the_probabilities_are_the_models_own(made: tuple[Path, Path]) -> None:
    source, _ = made
    check_judge(source)

    found = np.stack([ReferenceJudge(source).estimate_shares(*pair) for pair in PAIRS])

    own = own_shares(source)
    assert found == pytest.approx(own[:, [1, 0, 2]], abs=1e-4)
    assert np.ptp(own, axis=0).max() > 0.05, "the model tells pairs apart"


def test_an_export_judges_as_the_model_does(made: tuple[Path, Path]) -> None:
    source, folder = made

    export = read_judge_export(folder)
    found = np.stack([ExportedJudge(folder).estimate_shares(*pair) for pair in PAIRS])

    assert export is not None
    assert export.kind in {"int8", "uint8", "float32"}, export.problem
    assert 0 <= export.mean_difference <= 0.02
    assert export.largest_difference <= 0.1
    assert found == pytest.approx(own_shares(source)[:, [1, 0, 2]], abs=0.1)


def test_where_a_pair_is_too_long_the_text_is_cut_and_not_the_statement(made: tuple[Path, Path]) -> None:
    judge = ExportedJudge(made[1])
    long = "word " * 100

    first, same, other = (
        judge.estimate_shares(text, statement)
        for text, statement in ((f"{long}seven", STATEMENT), (f"{long}eight", STATEMENT), (f"{long}seven", TEXT * 2))
    )

    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_of_a_statement_longer_than_half_of_the_limit_the_first_half_is_read(made: tuple[Path, Path]) -> None:
    judge = ExportedJudge(made[1])
    long = "word " * 100

    assert np.array_equal(judge.estimate_shares(TEXT, f"{long}seven"), judge.estimate_shares(TEXT, f"{long}eight"))


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (("entailment", "neutral", "contradiction"), (0, 2, 1)),
        (("CONTRADICTION", "NEUTRAL", "ENTAILMENT"), (2, 0, 1)),
        (("Neutral", "Contradiction", "Entailment"), (2, 1, 0)),
    ],
)
def test_labels_fill_the_judgement_in_any_order_and_case(
    tmp_path: Path, labels: Sequence[str], order: tuple[int, int, int]
) -> None:
    folder = make_bert(tmp_path / "model", labels)

    found = NamedJudge(Halves(), ReferenceJudge(folder)).judge_statement(TEXT, STATEMENT)

    own = own_shares(folder)[0]
    assert (found.supported, found.contradicted, found.not_said) == pytest.approx(
        tuple(own[place] for place in order), abs=1e-4
    )


def test_of_two_labels_entailment_counts_and_the_built_in_judge_divides_the_rest(tmp_path: Path) -> None:
    folder = make_bert(tmp_path / "model", ["entailment", "not_entailment"])
    check_judge(folder)

    found = NamedJudge(Halves(), ReferenceJudge(folder)).judge_statement(TEXT, STATEMENT)

    supported = own_shares(folder)[0, 0]
    assert found.supported == pytest.approx(supported, abs=1e-4)
    assert found.contradicted == pytest.approx((1 - supported) * 0.75, abs=1e-4)
    assert found.not_said == pytest.approx((1 - supported) * 0.25, abs=1e-4)


def test_a_single_label_is_the_log_odds_of_support(small_reranker: Path, tmp_path: Path) -> None:
    check_judge(small_reranker)

    judge = open_named_judge(small_reranker, tmp_path / "export", "cpu", Halves(), lambda: None)
    found = judge.judge_statement(TEXT, STATEMENT)

    bare = CrossEncoder(str(small_reranker), device="cpu", activation_fn=torch.nn.Identity())
    supported = float(torch.sigmoid(torch.tensor(bare.predict([(TEXT, STATEMENT)])[0])))
    assert isinstance(judge.model, ExportedJudge)
    assert found.supported == pytest.approx(supported, abs=0.1)
    assert found.contradicted == pytest.approx((1 - found.supported) * 0.75)
    assert judge.judge_answer(TEXT, "When?") == 0.25
    assert judge.reads("de")


def test_a_classifier_of_something_else_is_refused_by_its_labels(tmp_path: Path) -> None:
    folder = make_bert(tmp_path / "mood", ["good", "bad", "so so"])

    with pytest.raises(ModelCorrupt, match="good, bad, so so, expected one of them to be entailment; set RAG_JUDGE to"):
        check_judge(folder)


@pytest.mark.parametrize("spoil", ["cut", "missing", "other version"])
def test_a_damaged_export_is_made_again(bert: tuple[Path, Path], tmp_path: Path, spoil: str) -> None:
    source, starts = bert[0], []
    target = shutil.copytree(bert[1], tmp_path / "export")
    good = read_judge_export(target)
    if spoil == "cut":
        (target / MODEL_FILE).write_bytes((target / MODEL_FILE).read_bytes()[:-1])
    elif spoil == "missing":
        (target / MODEL_FILE).unlink()
    else:
        (target / "export.json").write_text('{"version": 0}')

    again = prepare_judge(source, target, lambda: starts.append("again"))

    assert again == good
    assert prepare_judge(source, target, lambda: starts.append("third")) == good
    assert starts == ["again"]


def test_a_model_that_cannot_be_traced_serves_as_it_is(
    bert: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no such operator\nand more")

    monkeypatch.setattr(torch.onnx, "export", refuse)

    judge = open_named_judge(bert[0], tmp_path / "export", "cpu", Halves(), lambda: None)

    export = read_judge_export(tmp_path / "export")
    assert isinstance(judge.model, ReferenceJudge)
    assert export is not None
    assert (export.kind, export.problem) == (None, "RuntimeError: no such operator")


def test_an_export_is_served_without_torch(bert: tuple[Path, Path]) -> None:
    source, target = bert
    program = f"""
import sys
from pathlib import Path
from rag.encoders.named_judge.judge import open_named_judge
judge = open_named_judge(Path({str(source)!r}), Path({str(target)!r}), "cpu", None, lambda: None)
print(judge.judge_statement({TEXT!r}, {STATEMENT!r}).supported)
print(sorted({{"torch", "transformers", "sentence_transformers"}} & sys.modules.keys()))
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    supported, imported = done.stdout.splitlines()
    assert float(supported) == pytest.approx(float(ExportedJudge(target).estimate_shares(TEXT, STATEMENT)[0]))
    assert imported == "[]"


def test_weights_that_give_no_numbers_are_damaged(bert: tuple[Path, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(bert[0], tmp_path / "model")
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    torch.nn.init.constant_(model.classifier.weight, float("nan"))
    model.save_pretrained(folder)

    with pytest.raises(ModelCorrupt, match="gives probabilities that are not finite numbers"):
        export_judge(folder, tmp_path / "export")


def test_probabilities_of_another_model_are_noticed() -> None:
    wanted = np.linspace(0, 1, 17, dtype=np.float32)[:, None]
    turned = wanted.copy()
    turned[0:16:2], turned[1:16:2] = wanted[1:16:2], wanted[0:16:2]

    assert describe_difference(wanted, wanted + 0.001) == ""
    assert "differ by 0.300" in describe_difference(wanted, wanted - 0.3)
    assert "0.110 at worst" in describe_difference(wanted, np.where(wanted == 1, 0.89, wanted))
    assert "0.941 are in the same order" in describe_difference(wanted, turned)
    assert "shape" in describe_difference(wanted, np.hstack([wanted] * 3))


def test_probe_pairs_have_a_text_with_itself_its_part_its_denial_and_others() -> None:
    pairs = list(make_probe_pairs(["The ferry leaves at seven.", "Dogs are welcome."]))

    assert pairs[:5] == [
        ("The ferry leaves at seven.", "The ferry leaves at seven."),
        ("The ferry leaves at seven.", "The ferry"),
        ("The ferry leaves at seven.", "The ferry not leaves at seven."),
        ("The ferry leaves at seven.", "Dogs are welcome."),
        ("Dogs are welcome. The ferry leaves at seven.", "The ferry leaves at seven."),
    ]
    assert len(pairs) == 10
