"""A signed link opens what it was made for, for a day, and nothing else."""

import stat
from pathlib import Path
from random import Random

import pytest

from rag.api.access.caller import NO_KEYS_NEEDED
from rag.api.citation_links.issuing import Links
from rag.api.citation_links.signing import LIFETIME_SECONDS, LinkSigner, SignedLink
from rag.errors import KeysUnavailable, LinkRefused
from rag.types import Citation
from rag.wire.answers import CitationBody

NOW = 1_900_000_000.0
URL = "/documents/ab12?start=10&end=25"
LINK = SignedLink("0123456789", "0123456789abcdef")


def make_signer(folder: Path, now: float = NOW) -> LinkSigner:
    return LinkSigner(folder / "links.secret", lambda: now)


def read(signer: LinkSigner, url: str) -> SignedLink | None:
    path, _, query = url.partition("?")
    return signer.read({"type": "http", "path": path, "query_string": query.encode()})


@pytest.mark.parametrize("url", [URL, "/documents/ab12", "/documents/ab12/file"])
@pytest.mark.parametrize("key_name", ["0123456789", "admin_key", None])
def test_a_link_is_read_as_it_was_signed_by_any_process_of_the_server(
    tmp_path: Path, url: str, key_name: str | None
) -> None:
    link = SignedLink(key_name, "f" * 16)

    access = make_signer(tmp_path).sign(url, link)

    assert read(make_signer(tmp_path), f"{url}{'&' if '?' in url else '?'}access={access}") == link


def test_the_secret_is_private_and_stays(tmp_path: Path) -> None:
    first = make_signer(tmp_path).sign(URL, LINK)

    assert make_signer(tmp_path).sign(URL, LINK) == first
    assert [path.name for path in tmp_path.iterdir()] == ["links.secret"]
    assert stat.S_IMODE((tmp_path / "links.secret").stat().st_mode) == 0o600


def test_a_link_of_another_server_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    access = make_signer(tmp_path / "other").sign(URL, LINK)

    with pytest.raises(LinkRefused, match="not as the server made it"):
        read(make_signer(tmp_path), f"{URL}&access={access}")


def test_a_link_ends_after_a_day(tmp_path: Path) -> None:
    url = f"{URL}&access={make_signer(tmp_path).sign(URL, LINK)}"

    assert read(make_signer(tmp_path, NOW + LIFETIME_SECONDS - 1), url) == LINK
    with pytest.raises(LinkRefused, match="lasts a day, and this one has expired; ask the question again"):
        read(make_signer(tmp_path, NOW + LIFETIME_SECONDS), url)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(
            ("start=10", "start=0"),
            ("end=25", "end=99"),
            ("ab12", "ab13"),
            ("start=10&end=25&", ""),
            ("end=25", "end="),
        ),
        *(("?", "/file?"), ("start=10", "start=010"), ("start=10", "start=1e1"), ("start=10", "start=-10")),
        *(("&access=", "&x=1&access="), ("start=10", "start=10&start=0"), ("0123456789.", "0123456788.")),
        *(("0123456789.", "-."), ("cdef.", "cdee."), (".19", ".29"), ("access=", "access=."), (".", "")),
        *(("access=", "access=a&access="), ("start=10", "start=%31%30%00"), ("start=10", "start=\u0661\u0660")),
    ],
)
def test_a_changed_link_is_refused(tmp_path: Path, old: str, new: str) -> None:
    signer = make_signer(tmp_path)
    url = f"{URL}&access={signer.sign(URL, LINK)}"
    changed = url.replace(old, new, 1)
    assert changed != url

    if new == "start=010":  # the same number
        assert read(signer, changed) == LINK
        return
    with pytest.raises(LinkRefused):
        read(signer, changed)


def test_no_link_with_another_character_is_read(tmp_path: Path) -> None:
    signer, random = make_signer(tmp_path), Random(7)  # noqa: S311 -- repeatable
    access = signer.sign(URL, LINK)
    allowed = []
    for _ in range(1000):
        at, new = random.randrange(len(access)), random.choice("ABCXYZabcxyz0123456789-_.=%& ")
        changed = access[:at] + new + access[at + 1 :]
        try:
            allowed += [changed] if changed != access and read(signer, f"{URL}&access={changed}") else []
        except LinkRefused:
            continue

    assert allowed == []


@pytest.mark.parametrize(
    "url", ["/v1/documents/ab12?access=x", "/documents?access=x", "/?access=x", URL, "/documents/a/b"]
)
def test_other_requests_are_no_links(tmp_path: Path, url: str) -> None:
    assert read(make_signer(tmp_path), url) is None


def test_a_damaged_secret_is_an_error_and_signs_nothing(tmp_path: Path) -> None:
    (tmp_path / "links.secret").write_bytes(b"short")

    with pytest.raises(KeysUnavailable, match="holds no secret of this server; delete it"):
        make_signer(tmp_path).sign(URL, LINK)


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://docs.example/leave", "https://docs.example/leave"),
        ("/documents/1f/file#page=3", "/collections/hr/documents/1f/file#page=3"),
        (None, None),
    ],
)
def test_paths_to_documents_of_another_collection_begin_with_its_path(
    tmp_path: Path, link: str | None, shown: str | None
) -> None:
    links = Links(
        *(make_signer(tmp_path), NO_KEYS_NEEDED, True),
        collection_path="/collections/hr",
        path_prefix="/collections/hr",
    )
    citation = Citation(
        document_id="1f",
        title="Leave",
        uri="leave.pdf",
        page=3,
        headings=(),
        start=2,
        end=9,
        number=1,
        quote="28 days",
        link=link,
    )

    body = CitationBody.model_validate(links.place(citation), from_attributes=True)

    assert body.url == "/collections/hr/documents/1f?start=2&end=9"
    assert body.link == shown
