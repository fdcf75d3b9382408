"""A receiver that the target cannot reach is nobody's deviation: webhooks are not judged, and the reason is told."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import reference
from tests.session.conftest import Begin


@pytest.fixture
def stranger() -> Iterator[str]:
    """Somebody else's server at the public URL: it answers every connection with a page of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_broken_path_to_the_receiver_leaves_webhooks_unjudged(begin: Begin, tmp_path: Path, stranger: str) -> None:
    with reference.start() as server:
        target = tmp_path / "target.toml"
        text = server.target_toml().replace('public_url = ""', f'public_url = "{stranger}"')
        target.write_text(text, encoding="utf-8")
        _, _, report = begin(
            f"--gimg-target={target}", "--gimg-profile=certify", sections=("webhook_signatures", "webhook_retries")
        ).ended()

    verdicts = {row["id"]: row["verdict"] for row in report["requirements"]}
    assert [name for name, verdict in verdicts.items() if verdict == "fail"] == []
    assert verdicts["SIGN-1"] == verdicts["RETRY-8"] == "inconclusive"
    assert any("not the receiver's" in row["reason"] for row in report["requirements"])
