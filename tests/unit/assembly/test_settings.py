import re
from pathlib import Path

import pytest

from rag.assembly.settings import Settings, _secret_names, read_settings
from rag.errors import SettingsInvalid


def read(tmp_path: Path, toml: str = "", environment: dict[str, str] | None = None, **flags: object) -> Settings:
    file = tmp_path / "rag.toml"
    if toml:
        file.write_text(toml)
    return read_settings(flags, environment or {}, file)


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    toml, environment = "port = 1\ntop_k = 1\ntitle = 'T'", {"RAG_PORT": "2", "RAG_TOP_K": "2"}

    settings = read(tmp_path, toml, environment, port=3)

    assert (settings.port, settings.top_k, settings.title, settings.host) == (3, 2, "T", "127.0.0.1")


def test_a_file_that_the_environment_names_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"RAG_SETTINGS_FILE names .*rag\.tmol, and there is no such file"):
        read_settings({}, {"RAG_SETTINGS_FILE": str(tmp_path / "rag.tmol")})


@pytest.mark.parametrize(
    ("environment", "writer"),
    [
        ({}, "local"),
        ({"OPENAI_API_KEY": "k"}, "openai"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, "openai"),
        ({"OPENAI_API_KEY": "k", "RAG_LLM": "extractive"}, "extractive"),
        ({"OPENAI_API_KEY": "k", "RAG_LLM": "local"}, "local"),
    ],
)
def test_who_writes_follows_from_what_is_set(tmp_path: Path, environment: dict[str, str], writer: str) -> None:
    assert read(tmp_path, environment=environment).answers_with == writer


@pytest.mark.parametrize(
    ("toml", "environment", "message"),
    [
        ("", {"RAG_PROT": "1"}, "unknown setting RAG_PROT .did you mean port"),
        ("topk = 3", {}, "unknown setting topk in .*did you mean top_k"),
        ("", {"RAG_PORT": "high"}, "RAG_PORT: 'high' is not valid for port"),
        (
            "",
            {"RAG_DEVICE": "tpu"},
            "RAG_DEVICE: 'tpu' is not valid for device: it must be 'cpu', 'cuda' or 'mps'",
        ),
        ("", {"RAG_ADMIN_KEY": " "}, "it is blank; set a key"),
        ('admin_key = ""', {}, "it is blank; set a key"),
        ("rerank_ms = -1", {}, "rag.toml: -1 is not valid for rerank_ms"),
        ("port = 99999", {}, "rag.toml: 99999 is not valid for port"),
        ("port = ", {}, "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, toml: str, environment: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsInvalid, match=message):
        read(tmp_path, toml, environment)


def mistake_of(name: str, value: object) -> str:
    try:
        read_settings({name: value}, {}, Path("none.toml"))
    except SettingsInvalid as error:
        return str(error)
    return ""


@pytest.mark.parametrize("wrong", ["%", "-1", "1e99", [None], {"a": None}, object()])
def test_no_mistake_is_told_in_the_words_of_the_validator(wrong: object) -> None:
    told = list(filter(None, (mistake_of(name, wrong) for name in Settings.model_fields)))

    assert len(told) > 10
    assert not [text for text in told if re.search("nput should|alue error|nable to parse", text)]


@pytest.mark.parametrize("name", ["min_near", "min_quote", "min_answered"])
def test_a_threshold_lies_between_0_and_1(tmp_path: Path, name: str) -> None:
    assert getattr(read(tmp_path, environment={f"RAG_{name.upper()}": "0.5"}), name) == 0.5
    for beyond in ("-0.1", "1.1"):
        with pytest.raises(SettingsInvalid, match=f"not valid for {name}"):
            read(tmp_path, environment={f"RAG_{name.upper()}": beyond})


def test_drafts_are_told_unless_that_is_turned_off(tmp_path: Path) -> None:
    assert read(tmp_path).instant
    assert not read(tmp_path, environment={"RAG_INSTANT": "false"}).instant


def test_a_key_is_never_shown(tmp_path: Path) -> None:
    settings = read(tmp_path, environment={"OPENAI_API_KEY": "sk-secret"})

    assert "sk-secret" not in repr(settings)


def test_origins_are_listed_with_commas(tmp_path: Path) -> None:
    settings = read(tmp_path, environment={"RAG_ALLOWED_ORIGINS": "https://a.example/, https://b.example"})

    assert settings.allowed_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("allowed_origins", "example.org", "'example.org' is not an origin as browsers send it; use one such as"),
        ("allowed_origins", "https://example.org/", "with no slash at its end"),
        ("allowed_origins", "https://example.org:443", "is not an origin"),
        ("allowed_origins", "https://*.example.org", "is not an origin"),
        ("allowed_hosts", "https://docs.example.org", "is not a host name; use one such as docs.example.org"),
        ("allowed_hosts", "docs.example.org:8300", "with no scheme, port or path"),
        ("allowed_hosts", "docs.example.org/", "is not a host name"),
        ("allowed_hosts", "*.example.org", "is not a host name"),
        ("trusted_proxies", "nginx", "'nginx' is not an IP address such as 10.0.0.2, and not a network"),
        ("trusted_proxies", "10.0.0.0/33", "not a network such as 10.0.0.0/8"),
        ("trusted_proxies", "10.0.0.1/8", "whose bits after the prefix are 0"),
    ],
)
def test_what_can_never_match_a_request_is_refused(tmp_path: Path, name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsInvalid, match=re.escape(message)):
        read(tmp_path, f"{name} = ['{value}']")


def test_all_proxies_are_trusted_only_by_a_star_alone(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="only if it stands alone"):
        read(tmp_path, "trusted_proxies = ['*', '10.0.0.1']")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("allowed_origins", ("*", "https://example.org", "http://localhost:3000", "http://[::1]:8080")),
        ("allowed_hosts", ("*", "docs.example.org", "Docs", "my_host.local", "10.0.0.2", "::1")),
        ("trusted_proxies", ("10.0.0.2", "10.0.0.0/8", "::1", "fd00::/8", "unix:")),
        ("trusted_proxies", ("*",)),
    ],
)
def test_what_can_match_a_request_is_taken(tmp_path: Path, name: str, values: tuple[str, ...]) -> None:
    assert getattr(read(tmp_path, f"{name} = {list(values)}"), name) == values


def test_every_secret_setting_is_known_as_one() -> None:
    assert _secret_names() >= {"admin_key", "openai_api_key", "openai_base_url", "otlp_endpoint"}
