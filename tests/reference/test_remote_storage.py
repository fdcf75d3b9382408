"""Uploads in an S3 server: a stand-in of one bucket, which answers what boto3 asks."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.reference import RunningClock, start
from conformance.reference.remote_storage import stored_in

KEPT = dict[str, bytes]
FORM = {"prompt": "a heron", "type": "edit"}


class _Bucket(BaseHTTPRequestHandler):
    """Keeps what is put, and knows no signature."""

    kept: KEPT

    def do_HEAD(self) -> None:
        self._answer(200 if self.path == "/uploads" else 404)

    def do_PUT(self) -> None:
        self.kept[urlsplit(self.path).path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200)

    def do_GET(self) -> None:
        found = self.kept.get(urlsplit(self.path).path)
        absent = b"<Error><Code>NoSuchKey</Code></Error>"
        self._answer(200 if found else 404, found or absent)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[KEPT]:
    """By path, what was put into the bucket `uploads`."""
    held = KEPT()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bucket", (_Bucket,), {"kept": held}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    for name, value in {
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "auto",
        "AWS_DEFAULT_REGION": "auto", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    yield held
    server.shutdown()
    server.server_close()
    thread.join()


def test_uploads_are_put_there_and_read_from_there(kept: KEPT) -> None:
    picture = b"\x89PNG" + b"\0" * 60
    with start(alter=stored_in("s3://uploads"), clock=RunningClock()) as server, httpx.Client() as http:
        bearer = {"Authorization": f"Bearer {server.accounts['primary'].key}"}
        order = {"filename": "heron.png", "contentType": "image/png", "size": len(picture)}
        issued = http.post(f"{server.base_url}/api/v1/upload", json=order, headers=bearer).json()
        body = FORM | {"inputImageKeys": [issued["key"]]}
        early = http.post(f"{server.base_url}/api/v1/generate", json=body, headers=bearer)
        put = http.put(issued["url"], content=picture, headers={"Content-Type": "image/png"})
        late = http.post(f"{server.base_url}/api/v1/generate", json=body, headers=bearer)
        theirs = {"Authorization": f"Bearer {server.accounts['other'].key}"}
        stolen = http.post(f"{server.base_url}/api/v1/generate", json=body, headers=theirs)

    query = parse_qs(urlsplit(issued["url"]).query)
    assert query["X-Amz-Expires"] == ["300"]
    assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert list(kept.values()) == [picture]
    assert [early.status_code, put.status_code, late.status_code, stolen.status_code] == [400, 200, 202, 400]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--storage", "uploads"], "--storage uploads: no bucket"),
        (["--storage", "s3://uploads", "--clock", "stepped"], "an S3 server has real time. Give --clock real"),
        (["--storage", "s3://absent"], "--storage s3://absent: ClientError"),
    ],
)
@pytest.mark.usefixtures("kept")
def test_a_storage_that_cannot_be_is_refused(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(main, ["serve", "--port", "0", *arguments])

    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
