"""A visitor is who the site's private key vouches for, and nobody else.

`FOOTNOTE_FORGERIES` is the number of tokens that differ from a valid one in a character.
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from rag.api.access.key_ring import KeyRing
from rag.api.access.keys import Key, KeyStore
from rag.api.access.visitors import PublicKey, read_public_key, read_visitor
from rag.errors import KeyInvalid, VisitorRefused

NOW = 1_900_000_000.0
KEY_ID = "0123456789"
N_FORGERIES = int(os.environ.get("FOOTNOTE_FORGERIES", "300"))
PRIVATE = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "RS256": rsa.generate_private_key(65537, 2048),
}
OTHER = ed25519.Ed25519PrivateKey.generate()
CLAIMS = {"sub": "anna", "groups": ["staff", "board"], "exp": NOW + 600}


def pem_of(private_key: object) -> bytes:
    return private_key.public_key().public_bytes(  # type: ignore[attr-defined]  # of any kind
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


PUBLIC = {algorithm: read_public_key(pem_of(key)) for algorithm, key in PRIVATE.items()}


def encode(data: object) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(payload: object, header: object = None, algorithm: str = "EdDSA") -> str:
    """Return a token with a right signature over whatever it holds."""
    signed = encode({"alg": algorithm} if header is None else header) + "." + encode(payload)
    method = jwt.get_algorithm_by_name(algorithm)
    return signed + "." + encode(method.sign(signed.encode(), PRIVATE[algorithm]))


def claim(**changes: object) -> str:
    """Return a signed token with some claims changed; None leaves one out."""
    return sign({name: value for name, value in {**CLAIMS, **changes}.items() if value is not None})


def sign_by_hmac(secret: bytes, algorithm: str = "HS256") -> str:
    signed = encode({"alg": algorithm}) + "." + encode(CLAIMS)
    return signed + "." + encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest())


def with_signature(signature: str, header: object = None) -> str:
    return f"{encode({'alg': 'EdDSA'} if header is None else header)}.{encode(CLAIMS)}.{signature}"


GOOD = claim()
HEAD, BODY, SIGNATURE = GOOD.split(".")
DEEP = b"[" * 1500 + b"]" * 1500
RAW = json.dumps(CLAIMS)
HOSTILE: dict[str, str] = {
    "nothing": "",
    "a word": "anna",
    "two parts": f"{HEAD}.{BODY}",
    "four parts": f"{GOOD}.{SIGNATURE}",
    "five parts, as if encrypted": f"{GOOD}.a.b",
    "no header": f".{BODY}.{SIGNATURE}",
    "no claims": f"{HEAD}..{SIGNATURE}",
    "no signature": f"{HEAD}.{BODY}.",
    "a signature of zeros": with_signature(encode(bytes(64))),
    "a short signature": with_signature(SIGNATURE[:40]),
    "a signature with more behind it": with_signature(SIGNATURE + "AAAA"),
    "the signature of other claims": with_signature(claim(sub="ben").split(".")[2]),
    "claims of another token": f"{HEAD}.{claim(sub='ben').split('.')[1]}.{SIGNATURE}",
    "signed by another key": jwt.encode(CLAIMS, OTHER, "EdDSA"),
    "alg none": f"{encode({'alg': 'none'})}.{BODY}.",
    "alg None with the signature": f"{encode({'alg': 'None'})}.{BODY}.{SIGNATURE}",
    "alg empty": sign(CLAIMS, {"alg": ""}),
    "alg missing": sign(CLAIMS, {"typ": "JWT"}),
    "alg a list": sign(CLAIMS, {"alg": ["EdDSA"]}),
    "alg null": sign(CLAIMS, {"alg": None}),
    "alg in lower case": sign(CLAIMS, {"alg": "eddsa"}),
    "HMAC with the public key as its secret": sign_by_hmac(PUBLIC["EdDSA"].pem.encode()),
    "HMAC with an empty secret": sign_by_hmac(b""),
    "HMAC that says EdDSA": sign_by_hmac(PUBLIC["EdDSA"].pem.encode(), "EdDSA"),
    "RS256, whose key is not registered": sign(CLAIMS, algorithm="RS256"),
    "ES256, whose key is not registered": sign(CLAIMS, algorithm="ES256"),
    "a key in its header": sign(CLAIMS, {"alg": "EdDSA", "jwk": {"kty": "OKP"}}),
    "the address of a key in its header": sign(CLAIMS, {"alg": "EdDSA", "jku": "https://evil.test/keys"}),
    "a certificate in its header": sign(CLAIMS, {"alg": "EdDSA", "x5c": ["AAAA"]}),
    "crit unknown": sign(CLAIMS, {"alg": "EdDSA", "crit": ["exp"], "exp": 1}),
    "crit empty": sign(CLAIMS, {"alg": "EdDSA", "crit": []}),
    "b64 off": sign(CLAIMS, {"alg": "EdDSA", "b64": False, "crit": ["b64"]}),
    "compressed": sign(CLAIMS, {"alg": "EdDSA", "zip": "DEF"}),
    "another typ": sign(CLAIMS, {"alg": "EdDSA", "typ": "logout+jwt"}),
    "kid of another key": sign(CLAIMS, {"alg": "EdDSA", "kid": "9876543210"}),
    "kid empty": sign(CLAIMS, {"alg": "EdDSA", "kid": ""}),
    "kid a path": sign(CLAIMS, {"alg": "EdDSA", "kid": "../../dev/null"}),
    "kid a number": sign(CLAIMS, {"alg": "EdDSA", "kid": 1}),
    "alg twice in the header": sign(CLAIMS, b'{"alg":"none","alg":"EdDSA"}'),
    "header a list": sign(CLAIMS, b'["EdDSA"]'),
    "header no JSON": sign(CLAIMS, b"{alg:EdDSA}"),
    "header not UTF-8": sign(CLAIMS, b'{"alg":"EdDSA","kid":"\xff"}'),
    "header very deep": sign(CLAIMS, DEEP[:600] + DEEP[-600:]),
    "claims a list": sign([CLAIMS]),
    "claims a text": sign("anna"),
    "claims null": sign(b"null"),
    "claims no JSON": sign(b"sub=anna"),
    "claims very deep": sign(DEEP[:1200] + DEEP[-1200:]),
    "claims in UTF-16": sign(RAW.encode("utf-16")),
    "claims with a mark before them": sign(b"\xef\xbb\xbf" + RAW.encode()),
    "sub twice": sign(RAW.replace('"sub": "anna"', '"sub": "ben", "sub": "anna"').encode()),
    "groups twice": sign((RAW[:-1] + ', "groups": ["all"]}').encode()),
    "exp twice": sign((RAW[:-1] + f', "exp": {NOW + 9}' + "}").encode()),
    "exp missing": claim(exp=None),
    "exp null": sign({**CLAIMS, "exp": None}),
    "exp a text": claim(exp=str(NOW + 600)),
    "exp true": claim(exp=True),
    "exp a list": claim(exp=[NOW + 600]),
    "exp not a number": sign(RAW.replace(str(CLAIMS["exp"]), "NaN").encode()),
    "exp infinite": sign(RAW.replace(str(CLAIMS["exp"]), "Infinity").encode()),
    "exp beyond all floats": sign(RAW.replace(str(CLAIMS["exp"]), "1" + "0" * 400).encode()),
    "exp too large a float": sign(RAW.replace(str(CLAIMS["exp"]), "1e400").encode()),
    "exp negative": claim(exp=-1),
    "expired": claim(exp=NOW - 31),
    "expired long ago": claim(exp=1),
    "exp in milliseconds": claim(exp=NOW * 1000),
    "exp in ten years": claim(exp=NOW + 10 * 365 * 86400),
    "valid for longer than a day": claim(iat=NOW - 86400, exp=NOW + 600),
    "not valid yet": claim(nbf=NOW + 60),
    "nbf a text": claim(nbf="0"),
    "issued in the future": claim(iat=NOW + 3600, exp=NOW + 3700),
    "iat a list": claim(iat=[]),
    "aud of another": claim(aud="another"),
    "aud of others": claim(aud=["another", "one more"]),
    "aud empty": claim(aud=""),
    "aud no one": claim(aud=[]),
    "aud a number": claim(aud=[1]),
    "aud with the id inside": claim(aud=f"x{KEY_ID}"),
    "sub missing": claim(sub=None),
    "sub empty": claim(sub=""),
    "sub blank": claim(sub="  "),
    "sub a number": claim(sub=7),
    "sub a list": claim(sub=["anna"]),
    "sub with a line break": claim(sub="anna\nadmin"),
    "sub with half a character": sign(RAW.replace("anna", "\\ud800").encode()),
    "sub with NUL": claim(sub="anna\x00"),
    "sub too long": claim(sub="a" * 201),
    "groups a text": claim(groups="staff"),
    "groups an object": claim(groups={"staff": True}),
    "groups true": claim(groups=True),
    "groups null": sign({**CLAIMS, "groups": None}),
    "groups of numbers": claim(groups=[1]),
    "groups of null": claim(groups=["staff", None]),
    "groups in groups": claim(groups=[["staff"]]),
    "a group without a name": claim(groups=[""]),
    "a group with blanks around it": claim(groups=[" staff "]),
    "too many groups": claim(groups=[f"g{i}" for i in range(101)]),
    "very long": claim(name="x" * 4096),
    "a blank inside": GOOD[:20] + " " + GOOD[20:],
    "a line break inside": f"{HEAD}\n.{BODY}.{SIGNATURE}",
    "not ASCII": GOOD[:20] + "é" + GOOD[20:],
    "base64 of the other alphabet": f"{HEAD}.{BODY}.{'+/' * 43}",
    "two tokens": f"{GOOD}, {GOOD}",
    "Bearer before it": f"Bearer {GOOD}",
}


def read(token: str, public_key: PublicKey = PUBLIC["EdDSA"]) -> tuple[str, set[str]]:
    visitor = read_visitor(token, public_key, KEY_ID, NOW)
    return visitor.user, set(visitor.groups)


@pytest.mark.parametrize("token", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_token_is_refused_in_words_that_do_not_repeat_it(token: str) -> None:
    with pytest.raises(VisitorRefused, match="the token of the visitor is refused: ") as refused:
        read(token)

    assert refused.value.next_step
    assert "anna" not in str(refused.value)


def test_there_are_at_least_fifty_hostile_forms() -> None:
    assert len(set(HOSTILE.values())) >= 50


@pytest.mark.parametrize("algorithm", PRIVATE)
def test_a_token_of_each_algorithm_names_its_visitor(algorithm: str) -> None:
    token = jwt.encode(CLAIMS, PRIVATE[algorithm], algorithm)

    assert read(token, PUBLIC[algorithm]) == ("anna", {"staff", "board"})
    assert PUBLIC[algorithm].algorithm == algorithm


@pytest.mark.parametrize(
    "token",
    [
        *(claim(nbf=NOW, iat=NOW), claim(nbf=NOW + 29), claim(exp=NOW - 29), claim(iat=NOW, exp=NOW + 86400)),
        *(claim(aud=KEY_ID), claim(aud=["another", KEY_ID]), claim(iat=NOW - 9, nbf=0, jti="1", name="Anna", iss="x")),
        *(sign(CLAIMS, {"alg": "EdDSA", "kid": KEY_ID, "typ": "JWT"}), sign(CLAIMS, {"alg": "EdDSA", "typ": "jwt"})),
    ],
)
def test_what_the_standard_allows_besides_is_accepted(token: str) -> None:
    assert read(token) == ("anna", {"staff", "board"})


def test_a_token_without_groups_opens_none() -> None:
    assert read(claim(groups=None)) == ("anna", set())


@pytest.mark.parametrize("algorithm", PRIVATE)
def test_no_token_with_another_character_is_accepted(algorithm: str) -> None:
    token, random = sign(CLAIMS, algorithm=algorithm), Random(f"forgeries of {algorithm}")  # noqa: S311 -- repeatable
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= \n"

    allowed = []
    for _ in range(N_FORGERIES):
        at, new = random.randrange(len(token)), random.choice(alphabet)
        forged = token[:at] + new + token[at + 1 :]
        try:
            allowed += [read(forged, PUBLIC[algorithm])] if forged != token else []
        except VisitorRefused:
            continue

    assert allowed == []


def make_ring(
    folder: Path, groups: frozenset[str] | None, *, visitors: bool = True
) -> tuple[Callable[[str | None], set[str] | None], Key, KeyRing]:
    store = KeyStore(folder / "keys.sqlite", lambda: NOW)
    key, secret = store.create(
        "portal",
        scopes=frozenset({"ask"}),
        origins=frozenset(),
        groups=groups,
        visitors=PUBLIC["EdDSA"] if visitors else None,
    )
    ring = KeyRing(store, None)

    def groups_with(token: str | None) -> set[str] | None:
        caller = ring.find(secret, None, token)
        assert caller is not None
        assert caller.user == ("anna" if token else None)
        return None if caller.groups is None else set(caller.groups)

    return groups_with, key, ring


def test_a_visitor_sees_the_groups_that_both_the_token_and_the_key_name(tmp_path: Path) -> None:
    groups_with, _, _ = make_ring(tmp_path, frozenset({"staff", "sales"}))

    assert groups_with(GOOD) == {"staff"}
    assert groups_with(claim(groups=["board"])) == set()


def test_a_key_of_all_groups_leaves_them_to_the_token(tmp_path: Path) -> None:
    groups_with, _, _ = make_ring(tmp_path, None)

    assert groups_with(GOOD) == {"staff", "board"}


@pytest.mark.parametrize("groups", [None, frozenset({"staff"})])
def test_without_a_token_a_key_for_visitors_opens_no_group(tmp_path: Path, groups: frozenset[str] | None) -> None:
    groups_with, _, _ = make_ring(tmp_path, groups)

    assert groups_with(None) == set()


def test_a_key_without_a_public_key_takes_no_token(tmp_path: Path) -> None:
    groups_with, _, _ = make_ring(tmp_path, frozenset({"staff"}), visitors=False)

    assert groups_with(None) == {"staff"}
    with pytest.raises(VisitorRefused, match="this key takes none; create one by `rag keys create`"):
        groups_with(GOOD)


def test_the_file_of_keys_holds_the_public_key_and_comes_back(tmp_path: Path) -> None:
    _, key, _ = make_ring(tmp_path, frozenset({"staff"}))

    assert list(KeyStore(tmp_path / "keys.sqlite", lambda: NOW).read().values()) == [key]
    with closing(sqlite3.connect(tmp_path / "keys.sqlite")) as connection:
        assert b"PRIVATE" not in connection.serialize()


def private_pem(private_key: ed25519.Ed25519PrivateKey) -> bytes:
    return private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    ("pem", "why"),
    [
        (private_pem(OTHER), "this is a private key"),
        (b"", "not a public key in PEM format"),
        (b"\x00\xff" * 100, "not a public key in PEM format"),
        (pem_of(OTHER)[:60], "not a public key in PEM format"),
        (pem_of(ed448.Ed448PrivateKey.generate()), "neither Ed25519 nor P-256 nor RSA"),
        (pem_of(ec.generate_private_key(ec.SECP384R1())), "neither Ed25519 nor P-256 nor RSA"),
        (pem_of(rsa.generate_private_key(65537, 1024)), "neither Ed25519 nor P-256 nor RSA"),  # noqa: S505 -- must be refused
    ],
)
def test_a_file_that_is_no_strong_public_key_is_rejected(pem: bytes, why: str) -> None:
    with pytest.raises(KeyInvalid, match=why):
        read_public_key(pem)


def test_an_admins_key_is_not_for_visitors(tmp_path: Path) -> None:
    with pytest.raises(KeyInvalid, match="is not for visitors"):
        KeyStore(tmp_path / "keys.sqlite", lambda: NOW).create(
            "x", scopes=frozenset({"admin"}), origins=frozenset(), visitors=PUBLIC["EdDSA"]
        )
