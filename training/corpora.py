"""Read what the judge is trained on: labelled pairs, question sets, documents in many languages.

Documents come from Debian packages that are unpacked in a folder; `DEBIAN_PACKAGES` names them.
Paragraphs that stand at the same place in two translations of a document are translations.
"""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import html

from rag.text.sentences import split_sentences
from training.pair import Label, Pair

DEBIAN_PACKAGES = (
    *(f"debian-reference-{one}" for one in ("en", "de", "es", "fr", "it", "ja", "pt", "zh-cn")),
    *("debian-handbook", "installation-guide-amd64", "debian-policy", "debmake-doc"),
    *(f"debian-faq{one}" for one in ("", "-de", "-fr", "-it", "-ja", "-nl", "-pt", "-ru", "-zh-cn")),
    *(f"developers-reference{one}" for one in ("", "-de", "-fr", "-it", "-ja", "-ru")),
    *(f"maint-guide{one}" for one in ("", "-de", "-es", "-fr", "-it", "-ja", "-ru", "-zh-cn")),
    *(f"aptitude-doc-{one}" for one in ("nl", "ru", "es")),
)
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "ru", "ar", "zh", "ja")
_LANGUAGE_PART = re.compile(
    r"(?<![a-z])(en|de|fr|es|it|pt|nl|ru|ar|zh|ja)(?:[-_](?:US|BR|MA|EG|CN|cn|br|us))?(?![a-z])"
)
_LEAST_CHARACTERS = {"zh": 20, "ja": 25}
_LABELS: dict[str, Label] = {
    "supported": "supported",
    "contradicted": "contradicted",
    "neutral": "not said",
    "not supported": "not supported",
}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a document.

    Attributes:
        place: The same for its translations.
        sentences: In order.
    """

    source: str
    place: str
    language: str
    sentences: tuple[str, ...]


def read_judge_pairs(file: Path, split: str) -> Iterator[Pair]:
    """Yield the labelled pairs of one split."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["split"] == split:
                yield Pair("says", row["text"], row["statement"], _LABELS[row["label"]], row["source"], row["source"])


def read_labelled_texts(file: Path) -> Iterator[Paragraph]:
    """Yield the texts of the training pairs once each, without tables, as paragraphs."""
    seen: set[str] = set()
    for pair in read_judge_pairs(file, "train"):
        if pair.source in {"infotabs", "cad"} or pair.text in seen:
            continue
        seen.add(pair.text)
        yield Paragraph(pair.source, f"{pair.source}/{len(seen)}", "en", split_plain(pair.text, "en"))


def training_articles(squad: Path) -> list[Path]:
    """Return every second article of the question set; the others measure."""
    return sorted((squad / "corpus").iterdir())[::2]


def read_debian(folder: Path) -> Iterator[Paragraph]:
    """Yield the paragraphs of all documents, in the order of their file names."""
    for file in sorted(one for one in folder.rglob("*.html*") if one.is_file()):
        language, name = _language_of(file, folder)
        if language is None:
            continue
        for number, text in enumerate(_paragraphs(file)):
            if len(text) >= _LEAST_CHARACTERS.get(language, 60):
                yield Paragraph(
                    f"debian:{name.split('/')[0]}", f"{name}#{number}", language, split_plain(text, language)
                )


def split_plain(text: str, language: str) -> tuple[str, ...]:
    """Split a text into sentences."""
    return tuple(text[span.start : span.end] for span in split_sentences(text, language))


def translations(paragraphs: list[Paragraph]) -> list[dict[str, Paragraph]]:
    """Return the paragraphs of each place by language, where the sentences are as many."""
    by_place: dict[str, dict[str, Paragraph]] = defaultdict(dict)
    for one in paragraphs:
        by_place[one.place][one.language] = one
    return [by_language for by_language in by_place.values() if "en" in by_language and len(by_language) > 1]


def _paragraphs(file: Path) -> list[str]:
    content = file.read_bytes()
    if file.suffix == ".gz":
        content = gzip.decompress(content)
    try:
        tree = html.fromstring(content, parser=html.HTMLParser(encoding="utf-8"))
    except (ValueError, html.etree.ParserError):
        return []
    return [" ".join(part.text_content().split()) for part in tree.iter("p")]


def _language_of(file: Path, folder: Path) -> tuple[str | None, str]:
    """Return a file's language, None if not among ours, and its name without the language."""
    path = str(file.relative_to(folder))
    path = re.sub(r"^usr/share/(?:doc/)?|\.gz$|\.html", "", path)
    found = _LANGUAGE_PART.findall(path)
    name = re.sub(r"-(?:de|fr|es|it|pt|nl|ru|zh-cn|ja|en)(?=/)", "", _LANGUAGE_PART.sub("", path))
    if not found and re.search(r"(?<![a-z])[a-z]{2}(?:[-_][A-Z]{2})?(?=[/.])", path.partition("/")[2]):
        return None, name
    return (found[0] if found else "en"), re.sub(r"[/._-]+", "/", name)
