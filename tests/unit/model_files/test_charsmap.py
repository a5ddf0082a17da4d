"""The table of normalisation, as `tokenizers` reads it."""

import base64
import json

from tokenizers import Tokenizer

from rag.model_files.charsmap import compile_rules


def normalise(rules: dict[str, str], text: str) -> str:
    table = base64.b64encode(compile_rules(rules)).decode()
    empty = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]], "byte_fallback": False}
    described = {"normalizer": {"type": "Precompiled", "precompiled_charsmap": table}, "model": empty}
    tokenizer = Tokenizer.from_str(json.dumps({"version": "1.0", "added_tokens": [], **described}))
    assert tokenizer.normalizer is not None
    found: str = tokenizer.normalizer.normalize_str(text)
    return found


def test_each_character_becomes_what_its_rule_says() -> None:
    assert normalise({"ﬁ": "fi", "\x07": "", "①": "1"}, "ﬁn\x07 ①") == "fin 1"


def test_a_sequence_has_a_rule_of_its_own() -> None:
    assert normalise({"e\u0301": "é"}, "e\u0301e") == "ée"


def test_characters_without_a_rule_stay() -> None:
    assert normalise({"ａ": "a"}, "ｂ日a😀") == "ｂ日a😀"


def test_every_one_of_many_rules_is_found() -> None:
    rules = {chr(0x4E00 + place): chr(0x61 + place % 26) for place in range(3000)}

    assert normalise(rules, "".join(rules)) == "".join(rules.values())
