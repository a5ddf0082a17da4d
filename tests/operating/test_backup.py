"""`rag backup` saves what cannot be made again, and `rag restore` brings it back elsewhere."""

import io
import json
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from rag.api.storage.backups.restore import restore_backup
from rag.api.storage.backups.write import write_backup
from rag.assembly.settings import Settings
from rag.errors import BackupFailed, BackupInvalid
from tests.running import SEEDS, Running, run_rag, serve

WITKOFF = "Who met with Putin in Moscow?"


def places(folder: Path, *arguments: str) -> dict[str, str]:
    """Return the settings of a command over a folder; the file has to be there unless it is restored."""
    file = folder / "rag.toml"
    names_file = file.exists() or "--settings" in arguments
    return {
        "RAG_INDEX_FOLDER": str(folder / "index"),
        "RAG_DOCUMENTS_FOLDER": str(folder / "documents"),
        "RAG_LLM": "extractive",
        **({"RAG_SETTINGS_FILE": str(file)} if names_file else {}),
    }


def serving(folder: Path) -> AbstractContextManager[Running]:
    environment = places(folder)
    return serve(Path(environment.pop("RAG_INDEX_FOLDER")), **environment)


def run(*arguments: str, folder: Path) -> str:
    done = run_rag(*arguments, **places(folder, *arguments))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.model
def test_keys_and_conversations_work_in_an_empty_folder_after_a_backup_of_a_running_server(tmp_path: Path) -> None:
    before, after, backup = tmp_path / "before", tmp_path / "after", tmp_path / "backup.tar"
    (before / "documents" / "news").mkdir(parents=True)
    (before / "rag.toml").write_text('title = "Ask the harbour"\n')
    for seed in SEEDS.iterdir():
        if seed.is_file():
            (before / "documents" / "news" / seed.name).write_bytes(seed.read_bytes())
    run("index", folder=before)
    key = json.loads(run("keys", "create", "desk", "--scope", "ask", "--json", folder=before))
    headers = {"Authorization": f"Bearer {key['secret']}"}
    with serving(before) as running:
        asked = running.post("/v1/ask", {"question": WITKOFF}, **headers).json()
        printed = run("backup", str(backup), folder=before)
    after.mkdir()

    run("restore", "--settings", str(backup), folder=after)
    run("restore", str(backup), folder=after)
    run("index", folder=after)

    assert "the settings" in printed
    assert backup.stat().st_mode & 0o777 == 0o600
    assert (after / "rag.toml").read_text() == 'title = "Ask the harbour"\n'
    for path in [after / "rag.toml", *(after / "index").glob("*.sqlite"), *(after / "documents").rglob("*.*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    with serving(after) as running:
        kept = running.get(f"/v1/conversations/{asked['conversation_id']}", **headers)
        again = running.post("/v1/ask", {"question": WITKOFF}, **headers)
        unknown = running.post("/v1/ask", {"question": WITKOFF}, Authorization="Bearer wrong")
    assert without_links(kept.json()["turns"][0]["answer"]) == without_links(asked)
    assert again.json()["answer"] == asked["answer"]
    assert unknown.status_code == 401


def without_links(answer: dict) -> dict:
    """Return an answer without the links of its citations, which are signed anew each time."""
    return {**answer, "citations": [{**one, "url": None, "link": None} for one in answer["citations"]]}


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of a document and of keys."""
    source = tmp_path / "source"
    (source / "documents").mkdir(parents=True)
    (source / "documents" / "harbour.txt").write_text("The ferry leaves at seven.")
    run("keys", "create", "desk", "--scope", "ask", folder=source)
    run("backup", str(tmp_path / "backup.tar"), folder=source)
    return tmp_path / "backup.tar"


def target(tmp_path: Path) -> Settings:
    folder = tmp_path / "target"
    return Settings(index_folder=folder / "index", documents_folder=folder / "documents", llm="extractive")


def refuse(backup: Path, tmp_path: Path, error: type[Exception] = BackupInvalid) -> str:
    """Restore what must be refused; return why. Nothing may have been written."""
    with pytest.raises(error) as refused:
        restore_backup(backup, target(tmp_path))
    assert not (tmp_path / "target").exists()
    return str(refused.value)


def test_every_byte_that_is_cut_off_or_changed_is_noticed_before_anything_is_written(
    backup: Path, tmp_path: Path
) -> None:
    whole = backup.read_bytes()
    content = whole.index(b"The ferry")

    for damaged in (b"", whole[:100], whole[: content + 3], whole[: len(whole) // 2], whole[: whole.rindex(b"sha256")]):
        backup.write_bytes(damaged)
        refuse(backup, tmp_path)
    backup.write_bytes(whole.replace(b"The ferry", b"The Ferry"))
    assert "is damaged" in refuse(backup, tmp_path)


def add_file(archive: tarfile.TarFile, name: str, content: bytes, **fields: object) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for field, value in fields.items():
        setattr(member, field, value)
    archive.addfile(member, io.BytesIO(content))


def link(archive: tarfile.TarFile) -> None:
    member = tarfile.TarInfo("main/documents/x")
    member.type, member.linkname = tarfile.SYMTYPE, "/etc"
    archive.addfile(member)


def device(archive: tarfile.TarFile) -> None:
    member = tarfile.TarInfo("main/documents/x")
    member.type = tarfile.CHRTYPE
    archive.addfile(member)


def twice(archive: tarfile.TarFile) -> None:
    add_file(archive, "main/documents/harbour.txt", b"another")


HOSTILE: dict[str, Callable[[tarfile.TarFile], None]] = {
    "climbs": lambda archive: add_file(archive, "main/documents/../../../evil", b"x"),
    "absolute": lambda archive: add_file(archive, "/tmp/evil", b"x"),  # noqa: S108 -- must not be written
    "doubled slash": lambda archive: add_file(archive, "main/documents//evil", b"x"),
    "link": link,
    "device": device,
    "hard link": lambda archive: add_file(
        archive, "main/documents/x", b"", type=tarfile.LNKTYPE, linkname="/etc/passwd"
    ),
    "twice": twice,
    "not in the manifest": lambda archive: add_file(archive, "main/documents/more.txt", b"x"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_before_anything_is_written(name: str, backup: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.tar"
    with tarfile.open(backup) as archive, tarfile.open(hostile, "w") as changed:
        for member in archive:
            changed.addfile(member, archive.extractfile(member))
        HOSTILE[name](changed)

    refuse(hostile, tmp_path)


def test_what_is_no_tar_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"PK\x03\x04" + bytes(1000))

    assert "is no backup" in refuse(other, tmp_path)


def test_nothing_that_exists_is_overwritten(backup: Path, tmp_path: Path) -> None:
    settings = target(tmp_path)
    settings.index_folder.mkdir(parents=True)
    settings.keys_path.write_bytes(b"mine")

    with pytest.raises(BackupFailed, match="is there already"):
        restore_backup(backup, settings)

    assert settings.keys_path.read_bytes() == b"mine"
    assert not settings.documents_folder.exists()


def test_documents_of_collections_without_folders_of_their_own_stay_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / "before" / name).mkdir(parents=True)
        (tmp_path / "before" / name / "index.md").write_text(f"Of {name}.")
    indexes = {name: {"index_folder": f"ix-{name}"} for name in ("a", "b")}
    folders = {name: {**own, "documents_folder": tmp_path / "before" / name} for name, own in indexes.items()}
    write_backup(Settings(collections=folders), tmp_path / "rag.toml", tmp_path / "backup.tar")

    restored = restore_backup(tmp_path / "backup.tar", Settings(collections=indexes))

    assert restored.folders == (("a", Path("documents/a")), ("b", Path("documents/b")))
    assert [(folder / "index.md").read_text() for _, folder in restored.folders] == ["Of a.", "Of b."]


def test_a_link_in_the_documents_is_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "secret.txt").symlink_to("/etc/passwd")

    done = run_rag("backup", str(tmp_path / "backup.tar"), **places(tmp_path))

    assert "1 were left out" in done.stderr
    with tarfile.open(tmp_path / "backup.tar") as archive:
        assert archive.getnames() == ["manifest.json"]


def test_a_damaged_database_is_not_saved_as_if_it_were_whole(tmp_path: Path) -> None:
    run("keys", "create", "desk", "--scope", "ask", folder=tmp_path)
    keys = tmp_path / "index" / "keys.sqlite"
    with closing(sqlite3.connect(keys)) as connection:
        ((page_size,),) = connection.execute("PRAGMA page_size").fetchall()
    keys.write_bytes(keys.read_bytes()[:page_size] + b"\xff" * page_size)

    done = run_rag("backup", str(tmp_path / "backup.tar"), **places(tmp_path))

    assert done.returncode == 1
    assert "the backup was not written" in done.stderr
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere/x.tar", "there is no folder {folder}/nowhere; make it, or name a file in another folder"),
        ("folder", "{folder}/folder is a folder; name a file in it, such as {folder}/folder/footnote.tar"),
        ("file", "{folder}/file exists; name another file, or move this one away"),
        ("link", "{folder}/link exists; name another file, or move this one away"),
        ("file/x.tar", "there is no folder {folder}/file; make it"),
        ("n" * 300, "cannot be written (File name too long); name another file"),
        ("n" * 250, "cannot be written (File name too long); mend that, then run the command again"),
    ],
)
def test_a_backup_that_cannot_be_written_there_says_why_and_what_to_do(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "gone")

    done = run_rag("backup", str(tmp_path / name), **places(tmp_path))

    assert done.returncode == 1
    assert told.format(folder=tmp_path) in done.stderr


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere.tar", "there is no file {folder}/nowhere.tar; name a file that `rag "),
        ("folder", "{folder}/folder is a folder; name a file that `rag "),
        ("file/x.tar", "{folder}/file/x.tar cannot be read (Not a directory); name a file that `rag "),
    ],
)
@pytest.mark.parametrize("options", [(), ("--settings",)])
def test_a_backup_that_cannot_be_read_is_told(tmp_path: Path, name: str, told: str, options: tuple[str, ...]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()

    done = run_rag("restore", *options, str(tmp_path / name), **places(tmp_path, *options))

    assert done.returncode == 1
    assert told.format(folder=tmp_path) in done.stderr


def test_a_place_that_cannot_be_restored_to_is_named(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = {**places(tmp_path), "RAG_INDEX_FOLDER": str(tmp_path / "file" / "index")}

    done = run_rag("restore", str(backup), **environment)

    assert done.returncode == 1
    assert f"{tmp_path}/file/index cannot be written (" in done.stderr
    assert "name another place in rag.toml" in done.stderr
