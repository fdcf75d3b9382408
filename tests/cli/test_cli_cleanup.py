"""`cleanup` leaves nothing of ours at a target, touches nothing of anybody else's, and says what it cannot see."""

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance import reference
from conformance.cli import main
from conformance.client.journal import EXCHANGES, files_of, lines_of, read
from conformance.faults import named
from conformance.faults.verbs import answer, becomes, on_response, refusal
from conformance.reference import Running, RunningClock
from conformance.reference.dispatcher import Attempt
from conformance.reference.model import Subscription
from conformance.reference.rules import Rules
from conformance.reference.webhooks import Webhook

Start = Callable[..., subprocess.Popen[str]]
Vary = Callable[[reference.Service], object]
LABEL = "gimg-conformance 0123abcd"
RULES = Rules(queue_seconds=0.1, run_seconds=0.1)


def not_listed(service: reference.Service) -> None:
    """Webhooks are listed on a page only."""
    on_response(service, answer("webhooks", to=lambda request: request.method == "GET"), becomes(refusal(405)))


@contextmanager
def served(
    *variations: Callable[[reference.Service], object], attempted: threading.Event | None = None
) -> Iterator[Running]:
    """A reference server with these variations, on a clock that runs by itself."""

    def alter(service: reference.Service) -> None:
        def disturb(attempt: Attempt) -> Attempt:
            if attempted:
                attempted.set()
            return attempt

        service.dispatcher.disturbers.append(disturb)
        for vary in variations:
            vary(service)

    with reference.start(clock=RunningClock(), rules=RULES, alter=alter) as server:
        yield server


def registered(server: Running, label: str = LABEL, account: str = "primary", url: str = "http://h/") -> Webhook:
    owner = server.accounts[account]
    return server.service.parts.registry.register(owner, Subscription(url, ("generation.failed",), label))


def left(server: Running) -> list[str]:
    return [webhook.label for webhook in server.service.parts.registry.webhooks.values()]


def killed(start: Start, server: Running, attempted: threading.Event, folder: Path) -> None:
    """A run that is killed in the middle of a webhook scenario, with its webhooks registered."""
    (folder / "t.toml").write_text(server.target_toml(), encoding="utf-8")
    process = start("run", "t.toml", "--profile", "certify", "--", "-k", "webhook_retries")
    with process:
        assert attempted.wait(90)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)


def cleanup(folder: Path, *arguments: str) -> Result:
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(main, ["cleanup", *arguments])
    finally:
        os.chdir(before)


def written(server: Running, folder: Path, *, without_cookie: str = "") -> Path:
    text = server.target_toml()
    if without_cookie:
        text = re.sub(rf'(\[accounts\.{without_cookie}\]\nkey = "[^"]*"\n)cookie = .*\n', r"\1", text)
    (folder / "t.toml").write_text(text, encoding="utf-8")
    return folder


def test_what_bears_our_label_is_removed_and_nothing_else(tmp_path: Path) -> None:
    with served() as server:
        for label in (LABEL, "production", "gimg-conformance", f"{LABEL} of mine", f"x {LABEL}"):
            registered(server, label)
        registered(server, account="other")
        ended = cleanup(written(server, tmp_path), "t.toml")

        assert left(server) == ["production", "gimg-conformance", f"{LABEL} of mine", f"x {LABEL}"]
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.count("  removed ") == 2
    assert ended.stdout.splitlines()[-1] == "None of our webhooks is left."


def test_where_nothing_is_left_it_says_so(tmp_path: Path) -> None:
    with served() as server:
        registered(server, "production")
        ended = cleanup(written(server, tmp_path), "t.toml")

    assert (ended.exit_code, ended.stdout) == (
        0,
        "primary: nothing of ours\nother: nothing of ours\nNone of our webhooks is left.\n",
    )


def test_a_run_that_was_killed_leaves_webhooks_that_cleanup_finds(start: Start, tmp_path: Path) -> None:
    attempted = threading.Event()
    with served(attempted=attempted) as server:
        killed(start, server, attempted, tmp_path)
        count = len(left(server))
        registered(server, "production")
        (journal,) = files_of(tmp_path / "reports" / "evidence", EXCHANGES)
        assert read([journal])
        ended, again = cleanup(tmp_path, "t.toml"), cleanup(tmp_path, "t.toml")

        assert count > 0
        assert left(server) == ["production"]
    assert (ended.exit_code, again.exit_code) == (0, 0)
    assert ended.stdout.count("  removed ") == count
    assert "nothing of ours" in again.stdout


def test_without_a_list_the_journal_is_enough_and_outlives_the_next_run(start: Start, tmp_path: Path) -> None:
    attempted = threading.Event()
    with served(not_listed, attempted=attempted) as server:
        killed(start, server, attempted, tmp_path)
        count = len(left(server))
        registered(server)
        with start("run", "t.toml", "--profile", "smoke", "--", "-k", "test_no_credential_is_refused") as process:
            out, _ = process.communicate(timeout=120)
        told = " ".join(out.split())
        ended, again = cleanup(tmp_path, "t.toml"), cleanup(tmp_path, "t.toml")

        assert f"an earlier run left {count} webhooks registered at {server.base_url}" in told
        assert "gimg-conformance cleanup t.toml --report-dir reports" in told
        assert left(server) == [LABEL]  # which no journal names
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.count("  removed ") == count
    assert "the target does not list its webhooks (GET /api/account/webhooks → 405)" in ended.stdout
    assert ended.stdout.splitlines()[-1] == "None of our webhooks that a journal names is left."
    assert "nothing of ours is known" in again.stdout


def test_what_cannot_be_removed_is_told_and_stays_known(start: Start, tmp_path: Path) -> None:
    attempted = threading.Event()
    with served(named("nothing-but-registering").apply, attempted=attempted) as server:
        killed(start, server, attempted, tmp_path)
        count = len(left(server))
        ended, again = cleanup(tmp_path, "t.toml"), cleanup(tmp_path, "t.toml")

    for one in (ended, again):
        assert one.exit_code == 1
        assert one.stdout.count("  not removed ") == count
        assert one.stdout.splitlines()[-1] == (
            f"{count} of our webhooks could not be removed: the dashboard may do it, by these ids."
        )
    assert "whsec_" not in ended.stdout


def journal(folder: Path, server: Running, webhook: Webhook, *, base_url: str = "", account: str = "primary") -> None:
    """A report folder whose journal names a registration."""
    url = f"{base_url or server.base_url}/api/account/webhooks"
    sent = {"method": "POST", "url": url, "headers": [["Cookie", f"REDACTED-{account}-cookie"]], "body": "{}"}
    came = {"status": 201, "headers": [], "body": json.dumps({"id": webhook.id})}
    line = {"started": 1.0, "ended": 2.0, "started_at": "2026-01-01T00:00:00.000Z", "request": sent, "response": came}
    place = folder / "reports" / "evidence" / f"main.{EXCHANGES}.jsonl"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(line) + "\n" + '{"cut off', encoding="utf-8")


def test_an_id_that_is_somebody_elses_by_now_is_not_touched(tmp_path: Path) -> None:
    with served() as server:
        theirs = registered(server, "production", url="https://example.com/")
        journal(tmp_path, server, theirs)
        ended = cleanup(written(server, tmp_path), "t.toml")

        assert left(server) == ["production"]
    assert ended.exit_code == 0
    assert f"  already gone  {theirs.id}" in ended.stdout


def test_what_is_gone_is_told_and_what_is_elsewhere_left_alone(tmp_path: Path) -> None:
    with served() as server:
        gone = registered(server)
        server.service.parts.registry.remove(gone)
        journal(tmp_path, server, gone)
        journal(tmp_path / "b", server, gone, base_url="https://elsewhere.example.com")
        ended = cleanup(written(server, tmp_path), "t.toml", "--report-dir", "reports", "--report-dir", "b/reports")

    assert ended.exit_code == 0, ended.output
    assert f"  already gone  {gone.id}" in ended.stdout
    assert "at https://elsewhere.example.com were not touched: it is another target" in ended.stdout


def test_without_the_cookie_of_an_account_it_names_the_line_to_add(tmp_path: Path) -> None:
    with served() as server:
        journal(tmp_path, server, registered(server, account="other"), account="other")
        ended = cleanup(written(server, tmp_path, without_cookie="other"), "t.toml")

        assert left(server) == [LABEL]
    assert ended.exit_code == 1
    assert 'add cookie = "…" to [accounts.other]' in ended.stdout


def test_a_session_that_expired_is_not_taken_for_an_empty_list(tmp_path: Path) -> None:
    with served() as server:
        registered(server)
        folder = written(server, tmp_path)
        text = (folder / "t.toml").read_text(encoding="utf-8")
        (folder / "t.toml").write_text(re.sub(r'cookie = "', 'cookie = "old', text))
        ended = cleanup(folder, "t.toml")

    assert ended.exit_code == 1
    assert (
        "the dashboard refuses the session (GET /api/account/webhooks → 401): renew cookie in [accounts.primary]"
        in (ended.stdout)
    )
    assert ended.stdout.splitlines()[-1] == "It is not known whether webhooks of ours are left."


def test_a_target_that_is_not_there_is_not_taken_for_an_empty_list(tmp_path: Path) -> None:
    with served() as server:
        written(server, tmp_path)
    ended = cleanup(tmp_path, "t.toml")

    assert ended.exit_code == 1
    assert "connection refused" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("absent.toml",), "there is no such file"),
        (("t.toml", "--report-dir", "absent"), "--report-dir absent: there is no such folder"),
        (("t.toml", "--report-dir", "broken"), "the journal in broken could not be read"),
        (("none.toml",), 'Add cookie = "…" to [accounts.primary]'),
        ((), "Missing argument"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    key = f'[target]\nbase_url = "http://127.0.0.1:1"\n[accounts.primary]\nkey = "gimg_{"0" * 32}"\n'
    (tmp_path / "none.toml").write_text(key)
    (tmp_path / "t.toml").write_text(f'{key}cookie = "session=0123456789abcdef"\n')
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "cleanup.jsonl").write_text('{"request": "/api/account/webhooks"}\n')
    ended = cleanup(tmp_path, *arguments)

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert said in ended.stderr


def test_an_embedded_run_that_was_killed_leaves_nothing(start: Start, tmp_path: Path) -> None:
    arguments = ("run", "--profile", "smoke", "--", "-k", "test_no_credential_is_refused")
    with start(*arguments) as process:
        process.communicate(timeout=120)
    with served() as server:
        (tmp_path / "journal").mkdir()
        journal(tmp_path / "journal", server, registered(server))
    (line,) = [line for line in lines_of(next((tmp_path / "journal").rglob("*.jsonl"))) if line]
    with (tmp_path / "reports" / "evidence" / f"main.{EXCHANGES}.jsonl").open("w") as file:
        file.write(line + "\n")
    with start(*arguments) as process:
        out, _ = process.communicate(timeout=120)

    assert "earlier run" not in out
    assert not (tmp_path / "reports" / "cleanup.jsonl").exists()
