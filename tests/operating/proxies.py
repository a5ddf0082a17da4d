"""Run nginx or Caddy with the files of deploy/, but other ports and a certificate of their own, before a server."""

import datetime as dt
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.running import ROOT, free_port, wait_until

DEPLOY = ROOT / "deploy"
_SITE = "docs.example.org"
_UPSTREAM = "127.0.0.1:8000"
# What surrounds a file of conf.d, with every path inside the test's folder.
_NGINX = """
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs, and what a client needs to trust its certificate."""

    program: str
    url: str
    tls: ssl.SSLContext


def write_nginx(folder: Path, upstream_port: int, port: int) -> Path:
    """Write nginx's configuration into a folder that holds the certificate."""
    text = (DEPLOY / "nginx" / "footnote.conf").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "listen [::]" not in line]
    text = swap(
        "\n".join(lines),
        (_UPSTREAM, f"127.0.0.1:{upstream_port}"),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen 443 ", f"listen 127.0.0.1:{port} "),
        (f"/etc/ssl/{_SITE}/fullchain.pem", f"{folder}/certificate.pem"),
        (f"/etc/ssl/{_SITE}/privkey.pem", f"{folder}/key.pem"),
        (f"server_name {_SITE};", "server_name localhost;"),
    )
    (folder / "site.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, user=user), encoding="utf-8")
    return folder / "nginx.conf"


def write_caddy(folder: Path, upstream_port: int, port: int) -> Path:
    """Write Caddy's configuration into a folder that holds the certificate."""
    text = swap(
        (DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8"),
        (_UPSTREAM, f"127.0.0.1:{upstream_port}"),
        ("\n{\n\tservers", "\n{\n\tadmin off\n\tauto_https off\n\tservers"),
        (
            f"\n{{$FOOTNOTE_SITE:{_SITE}}} {{\n",
            f"\nhttps://localhost:{port} {{\n\tbind 127.0.0.1\n\ttls {folder}/certificate.pem {folder}/key.pem\n",
        ),
    )
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    return folder / "Caddyfile"


def swap(text: str, *changes: tuple[str, str]) -> str:
    """Replace pieces of a text, each of which must be there."""
    for old, new in changes:
        assert old in text, f"{old!r} is missing"
        text = text.replace(old, new)
    return text


def command_of_nginx(config: Path) -> list[str]:
    return ["nginx", "-p", str(config.parent), "-c", str(config), "-e", str(config.parent / "error.log")]


@contextmanager
def run_nginx(folder: Path, upstream_port: int) -> Iterator[Proxy]:
    port = free_port()
    tls = make_certificate(folder)
    command = [*command_of_nginx(write_nginx(folder, upstream_port, port)), "-g", "daemon off;"]
    with _running(command, folder, port):
        yield Proxy("nginx", f"https://localhost:{port}", tls)


@contextmanager
def run_caddy(folder: Path, upstream_port: int) -> Iterator[Proxy]:
    port = free_port()
    tls = make_certificate(folder)
    config = write_caddy(folder, upstream_port, port)
    with _running(["caddy", "run", "--config", str(config), "--adapter", "caddyfile"], folder, port):
        yield Proxy("caddy", f"https://localhost:{port}", tls)


RUN: dict[str, Callable] = {"nginx": run_nginx, "caddy": run_caddy}


def find_program(name: str) -> str | None:
    """Return the path of a program that servers keep outside of users' PATH."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    program = find_program(command[0])
    assert program, f"{command[0]} is not installed"
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "proxy.log").open("w") as log:
        process = subprocess.Popen([program, *command[1:]], stdout=log, stderr=log, env=environment)
        try:
            wait_until(lambda: _accepts(port, process, folder / "proxy.log"))
            yield
        finally:
            process.terminate()
            process.wait()


def _accepts(port: int, process: subprocess.Popen, log: Path) -> bool:
    assert process.poll() is None, log.read_text(encoding="utf-8")
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def make_certificate(folder: Path) -> ssl.SSLContext:
    """Write a certificate for localhost with its key; return what trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return ssl.create_default_context(cafile=str(folder / "certificate.pem"))
