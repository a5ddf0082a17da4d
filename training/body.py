"""Make the judge's body from an encoder: the built-in one, or the multilingual one made smaller.

The built-in one, all-MiniLM-L6-v2, reads English. It is kept whole.

The vocabulary of multilingual-e5-small has 250,000 tokens, four fifths of its weights. Those stay
that spell the most frequent words of the judge's languages, and the single characters of their
scripts. Other words are spelt with shorter tokens. The top layers are left out
(Sajjad et al. 2020).
"""

import argparse
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel
from wordfreq import get_frequency_dict

from rag.assembly.settings import read_settings
from rag.encoders.pair_tokens import TokenType
from rag.model_files.builtin import locate_encoder
from rag.model_files.multilingual import locate_multilingual
from training.corpora import LANGUAGES, read_debian, read_judge_pairs, training_articles

N_LAYERS = 6
N_TOKENS = 52_000
N_SPECIAL = 4
_N_WORDS = 40_000
# English is read most; a word in capitals has tokens of its own.
_WEIGHTS = {"en": 3.0}
_UNSPACED = frozenset(("zh", "ja"))
_SCRIPTS = ("LATIN", "CYRILLIC", "ARABIC", "GREEK", "HIRAGANA", "KATAKANA", "DIGIT", "FULLWIDTH")


def keep_tokens(tokenizer: Tokenizer, texts: Iterable[str]) -> list[int]:
    """Return the numbers of the tokens to keep, in order; the four special ones come first.

    Args:
        texts: Of the training documents; their tokens count beside those of the word lists.
    """
    pieces = [piece for piece, _ in json.loads(tokenizer.to_str())["model"]["vocab"]]
    weights = _weigh_words(tokenizer)
    counts: Counter[int] = Counter()
    for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False):
        counts.update(encoding.ids)
    for token, number in counts.items():
        weights[token] += number / counts.total()
    kept = set(range(N_SPECIAL))
    kept |= {i for i, piece in enumerate(pieces) if len(piece) <= 2 and _is_single(piece.lstrip("▁"))}
    # Numbers are read the same way everywhere.
    kept |= {i for i, piece in enumerate(pieces) if piece.lstrip("▁").isdecimal()}
    for token, _ in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        if len(kept) >= N_TOKENS:
            break
        kept.add(token)
    return sorted(kept)


def _weigh_words(tokenizer: Tokenizer) -> Counter[int]:
    """Return the share of each token in the most frequent words of all languages."""
    weights: Counter[int] = Counter()
    for language in LANGUAGES:
        frequencies = sorted(get_frequency_dict(language).items(), key=lambda item: (-item[1], item[0]))[:_N_WORDS]
        words = [word for word, _ in frequencies]
        forms = [words, [word[:1].upper() + word[1:] for word in words]]
        if language in _UNSPACED:
            # Inside a sentence no space comes before a word of these languages.
            forms.append([f"、{word}" for word in words])
        for of_form in forms:
            encodings = tokenizer.encode_batch(of_form, add_special_tokens=False)
            for encoding, (_, frequency) in zip(encodings, frequencies, strict=True):
                for token in encoding.ids:
                    weights[token] += frequency * _WEIGHTS.get(language, 1.0)
    return weights


def _is_single(piece: str) -> bool:
    """Tell whether a piece is one character of a script of the judge's languages, or a sign."""
    if len(piece) != 1:
        return not piece
    return not piece.isalpha() or unicodedata.name(piece, "").startswith(_SCRIPTS)


def trim_tokenizer(tokenizer: Tokenizer, kept: list[int]) -> Tokenizer:
    """Return the tokenizer with these tokens alone, renumbered in order."""
    form = json.loads(tokenizer.to_str())
    form["model"]["vocab"] = [form["model"]["vocab"][token] for token in kept]
    form["added_tokens"] = [token for token in form["added_tokens"] if token["id"] < N_SPECIAL]
    return Tokenizer.from_str(json.dumps(form))


def trim_model(model: BertModel, kept: list[int]) -> BertModel:
    """Return the lower layers with the embeddings of these tokens."""
    config = BertConfig(**{**model.config.to_dict(), "num_hidden_layers": N_LAYERS, "vocab_size": len(kept)})
    small = BertModel(config, add_pooling_layer=False)
    weights = model.state_dict()
    weights["embeddings.word_embeddings.weight"] = weights["embeddings.word_embeddings.weight"][torch.tensor(kept)]
    wanted = small.state_dict()
    small.load_state_dict({name: weights[name] for name in wanted})
    return small


def make_minilm(out: Path) -> None:
    """Write the built-in encoder as it is, without the padding and cutting of its tokenizer."""
    folder = locate_encoder()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    save_body(out, BertModel.from_pretrained(folder, add_pooling_layer=False), tokenizer)


def make_multilingual(encoder: Path, texts: Iterable[str], out: Path) -> None:
    """Write the lower layers of the multilingual encoder with fewer tokens."""
    tokenizer = Tokenizer.from_file(str(encoder / "tokenizer.json"))
    kept = keep_tokens(tokenizer, texts)
    model = BertModel.from_pretrained(encoder, add_pooling_layer=False)
    save_body(out, trim_model(model, kept), trim_tokenizer(tokenizer, kept))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--body", choices=("minilm", "e5"), default="minilm")
    parser.add_argument("--encoder", type=Path, help="folder of multilingual-e5-small; by default the pulled one")
    parser.add_argument("--judge-pairs", type=Path, required=True)
    parser.add_argument("--squad", type=Path, required=True)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.body == "minilm":
        make_minilm(options.out)
        return
    texts = [" ".join(one.sentences) for one in read_debian(options.documents)]
    texts += [f"{one.text} {one.statement}" for one in read_judge_pairs(options.judge_pairs, "train")]
    texts += [file.read_text(encoding="utf-8") for file in training_articles(options.squad)]
    make_multilingual(options.encoder or _pulled_encoder(), texts, options.out)


def _pulled_encoder() -> Path:
    return locate_multilingual(read_settings().models_folder)


def save_body(folder: Path, model: BertModel, tokenizer: Tokenizer) -> None:
    """Write model and tokenizer; the folder appears when both are whole.

    All types of tokens begin with the vector of the first.
    """
    types = model.embeddings.token_type_embeddings
    model.embeddings.token_type_embeddings = torch.nn.Embedding.from_pretrained(
        types.weight[:1].detach().repeat(len(TokenType), 1), freeze=False
    )
    model.config.type_vocab_size = len(TokenType)
    partial = folder.with_name(f"{folder.name}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(partial)
    tokenizer.save(str(partial / "tokenizer.json"))
    partial.rename(folder)


if __name__ == "__main__":
    main()
