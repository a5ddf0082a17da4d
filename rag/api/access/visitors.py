"""Check the tokens by which a company's server vouches for its signed-in visitors.

A token is a JWT, signed with a private key that only the company has. Its public key belongs to one
key of this server and decides the algorithm; nothing in a token chooses one. PyJWT, which takes a
tenth of a second to import, is loaded at first use.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.documents.formats.shared.facts import find_name
from rag.errors import KeyInvalid, VisitorRefused
from rag.wire.invalid_fields import explain_field

Algorithm = Literal["EdDSA", "ES256", "RS256"]
ModelT = TypeVar("ModelT", bound=BaseModel)

VISITOR_HEADER = "X-Footnote-Visitor"
MAX_LIFETIME_SECONDS = 24 * 3600
MAX_TOKEN_CHARACTERS = 4096
_LEEWAY_SECONDS = 30
_MIN_RSA_BITS, _MAX_RSA_BITS = 2048, 8192
_MAX_USER_CHARACTERS = 200
_MAX_GROUPS = 100
_MAX_SECONDS = 10**11
_ASK_FOR_ANOTHER = "ask the site's own server for a new token"
_HOW_TO_MAKE_ONE = "make one with `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout`"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What verifies the tokens of a site; `pem` is a SubjectPublicKeyInfo."""

    algorithm: Algorithm
    pem: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in visitor: the site's own name for the user, and the groups that it vouches for."""

    user: str
    groups: frozenset[str]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Header(_Strict):
    model_config = ConfigDict(extra="forbid")

    alg: str
    typ: str = "JWT"
    kid: str | None = None


_Time = int | float


class _Claims(_Strict):
    """What a token says; other claims do not matter. Times are seconds since 1970."""

    sub: str = Field(min_length=1, max_length=_MAX_USER_CHARACTERS)
    exp: _Time = Field(ge=0, le=_MAX_SECONDS, allow_inf_nan=False)
    nbf: _Time = Field(0, ge=0, le=_MAX_SECONDS, allow_inf_nan=False)
    iat: _Time | None = Field(None, ge=0, le=_MAX_SECONDS, allow_inf_nan=False)
    aud: str | list[str] | None = None
    groups: list[str] = Field([], max_length=_MAX_GROUPS)


def read_public_key(pem: bytes) -> PublicKey:
    """Return the public key of a PEM file: Ed25519, P-256, or RSA of 2048 to 8192 bits.

    Raises:
        KeyInvalid: It is something else, a private key for instance.
    """
    from cryptography.hazmat.primitives import serialization

    if b"PRIVATE" in pem:
        raise KeyInvalid(
            "this is a private key; this server only needs the public one",
            next_step="take its public key with `openssl pkey -pubout`",
        )
    try:
        key = serialization.load_pem_public_key(pem)
    except Exception as error:
        raise KeyInvalid("the file is not a public key in PEM format", next_step=_HOW_TO_MAKE_ONE) from error
    algorithm = _algorithm_of(key)
    if algorithm is None:
        raise KeyInvalid(
            "the public key is neither Ed25519 nor P-256 nor RSA of 2048 to 8192 bits", next_step=_HOW_TO_MAKE_ONE
        )
    written = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(algorithm, written.decode())


def read_visitor(token: str, public_key: PublicKey, audience: str, now: float) -> Visitor:
    """Return the visitor for whom a token vouches.

    Args:
        audience: The id of the key that the request has; `aud` and `kid`, if given, must name it.
        now: Seconds since 1970; clocks may differ by 30 seconds.

    Raises:
        VisitorRefused: Something about the token is wrong; says what, never what it holds.
    """
    header, claims = _read_signed(token, public_key)
    if header.kid not in {None, audience}:
        raise VisitorRefused(f"its kid is not {audience}, the id of this key", next_step="`rag keys list` shows ids")
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if audiences is not None and audience not in audiences:
        raise VisitorRefused(f"its aud is not {audience}, the id of this key", next_step="`rag keys list` shows ids")
    _require_valid_now(claims, now)
    if not claims.sub.isprintable() or not claims.sub.strip():
        raise VisitorRefused("its sub is not a printable name", next_step=_ASK_FOR_ANOTHER)
    if any(find_name(group) != group for group in claims.groups):
        raise VisitorRefused("one of its groups cannot be the group of a document", next_step=_ASK_FOR_ANOTHER)
    return Visitor(claims.sub, frozenset(claims.groups))


def _read_signed(token: str, public_key: PublicKey) -> tuple[_Header, _Claims]:
    from jwt.api_jws import PyJWS
    from jwt.exceptions import PyJWTError

    if len(token) > MAX_TOKEN_CHARACTERS:
        raise VisitorRefused(f"it is longer than {MAX_TOKEN_CHARACTERS} characters", next_step=_ASK_FOR_ANOTHER)
    header = _parse(_Header, "header", _decode(token.partition(".")[0]))
    if header.typ.upper() != "JWT" or header.alg != public_key.algorithm:
        raise VisitorRefused(
            f"its header is not that of a JWT signed by {public_key.algorithm}", next_step="sign it with the key's own"
        )
    try:
        payload = PyJWS().decode(token, public_key.pem, algorithms=[public_key.algorithm])
    except (PyJWTError, ValueError, TypeError) as error:
        raise VisitorRefused("its signature is not that of this key", next_step=_ASK_FOR_ANOTHER) from error
    return header, _parse(_Claims, "claims", payload)


def _require_valid_now(claims: _Claims, now: float) -> None:
    if claims.exp <= now - _LEEWAY_SECONDS:
        raise VisitorRefused("it has expired", next_step=_ASK_FOR_ANOTHER)
    begins = max(claims.nbf, claims.iat or 0)
    if begins > now + _LEEWAY_SECONDS:
        raise VisitorRefused("it is not valid yet", next_step="compare the clocks of both servers")
    issued = now if claims.iat is None else claims.iat
    if claims.exp - issued > MAX_LIFETIME_SECONDS + _LEEWAY_SECONDS:
        raise VisitorRefused("it is valid for longer than 24 hours", next_step="give it an earlier exp")


def _decode(segment: str) -> bytes:
    try:
        return base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise VisitorRefused("it is not a JWT: three parts of base64url", next_step=_ASK_FOR_ANOTHER) from error


def _parse(model: type[ModelT], name: str, text: bytes) -> ModelT:
    """Return a part of a token, of which no name may come twice.

    Raises:
        VisitorRefused: It is not such a JSON object.
    """
    try:
        return model.model_validate(
            json.loads(text.decode(), object_pairs_hook=_without_repetition, parse_constant=_refuse_constant)
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))[:40]
        raise VisitorRefused(
            f"its {name} are wrong: {explain_field(place, first)}", next_step=_ASK_FOR_ANOTHER
        ) from error
    except (ValueError, RecursionError) as error:
        raise VisitorRefused(f"its {name} cannot be read as JSON", next_step=_ASK_FOR_ANOTHER) from error


def _without_repetition(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _algorithm_of(key: object) -> Algorithm | None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ed25519.Ed25519PublicKey):
        return "EdDSA"
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return "ES256"
    if isinstance(key, rsa.RSAPublicKey) and _MIN_RSA_BITS <= key.key_size <= _MAX_RSA_BITS:
        return "RS256"
    return None
