"""One behaviour, one run against it, and what was seen."""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from conformance import reference
from tests.hostile.catalogue import Behaviour
from tests.hostile.judgement import OUTPUT_MOST, Row
from tests.hostile.leaks import leaks
from tests.hostile.peer import Peer
from tests.hostile.watched import ran

COMMAND = Path(sys.executable).parent / "gimg-conformance"


@dataclass
class Target:
    """What a run is pointed at. `secrets` grows as the server hands them out; `server` is behind the peer, if any."""

    peer: Peer
    toml: str
    secrets: dict[str, str] = field(default_factory=dict)
    server: reference.Running | None = None

    def webhooks_left(self) -> int:
        """As the dashboard lists them to their owners. Raises OSError when it does not answer."""
        if self.server is None:
            return 0
        accounts = [account for account in self.server.accounts.values() if account.cookie in self.toml]
        return sum(len(_listed(self.server.base_url, account.cookie)) for account in accounts)


def _listed(base_url: str, cookie: str) -> list[Any]:
    request = Request(f"{base_url}/api/account/webhooks", headers={"Cookie": cookie})
    with urlopen(request, timeout=10) as answer:
        return list(json.load(answer)["webhooks"])


@contextmanager
def standing(behaviour: Behaviour, clock: str) -> Iterator[Target]:
    """The peer, with a reference server behind it where it fronts one, and the target file that leads to the peer."""
    with Peer(behaviour.act) as peer:
        its_clock = reference.clock_named(clock)
        secrets = _of_accounts()
        if not behaviour.fronts:
            toml = reference.target_toml(
                peer.base_url, reference.accounts_from(), reference.Rules(), reference.RunningClock()
            )
            yield Target(peer, toml, secrets)
            return
        with reference.start(clock=its_clock, alter=lambda service: _alter(service, peer.base_url, secrets)) as server:
            port = int(server.base_url.rpartition(":")[2])
            peer.stage.upstream = ("127.0.0.1", port)
            parts = server.service.parts
            toml = reference.target_toml(peer.base_url, parts.accounts, parts.rules, its_clock)
            yield Target(peer, toml, secrets, server)


def _of_accounts() -> dict[str, str]:
    accounts = reference.accounts_from().values()
    keys = {f"the key of {account.name}": account.key for account in accounts}
    return keys | {f"the cookie of {account.name}": account.cookie for account in accounts}


def _alter(service: reference.Service, base_url: str, secrets: dict[str, str]) -> None:
    """Pictures and storage are reached through the peer as well, and every webhook's secret is known."""
    parts = service.parts
    parts.presenter.base_url = parts.presigner.base_url = base_url
    make = parts.ids.secret

    def noted() -> str:
        secret = make()
        secrets[f"a webhook's secret ({len(secrets)})"] = secret
        return secret

    parts.ids.secret = noted  # type: ignore[method-assign]


def measured(behaviour: Behaviour, profile: str, clock: str = "", patience: float = 0.0) -> Row:
    """Run the command against the behaviour, and see what it did and left."""
    with tempfile.TemporaryDirectory() as name, standing(behaviour, clock or behaviour.clock) as target:
        folder, output = Path(name), Path(name) / "output.txt"
        file, work = folder / "target.toml", folder / "work"
        work.mkdir()
        file.write_text(target.toml, encoding="utf-8")
        command = [str(COMMAND), "run", str(file), "--profile", profile, "--report-dir", str(work / "report")]
        run = ran(command, work, output, patience or behaviour.patience)
        report = _report(work / "report" / "report.json")
        return Row(
            status=run.status,
            killed=run.killed,
            seconds=run.seconds,
            own_seconds=target.peer.stage.seconds,
            peak_mib=run.peak_mib,
            disk_mb=run.disk_mb,
            left=_left(target),
            output=_beginning(output),
            sentence=_sentence(report, output),
            has_report=bool(report),
            failed=_failed(report),
            leaks=tuple(leaks(folder, target.secrets, [file])),
            notes=tuple(dict.fromkeys(target.peer.stage.notes)),
        )


def _left(target: Target) -> int | None:
    try:
        return target.webhooks_left()
    except (OSError, ValueError):
        return None


def _report(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _failed(report: dict[str, Any]) -> tuple[str, ...]:
    rows = report.get("requirements", [])
    return tuple(row["id"] for row in rows if row["verdict"] == "fail" and row["level"] == "MUST")


def _sentence(report: dict[str, Any], output: Path) -> str:
    """Why the verdict is what it is, or the last thing said."""
    last = _beginning(output).decode(errors="replace").strip().splitlines()[-1:]
    return " ".join([*(report.get("because") or ())[:1], *([report["summary"]] if report else last)])


def _beginning(output: Path) -> bytes:
    with output.open("rb") as file:
        return file.read(OUTPUT_MOST)
