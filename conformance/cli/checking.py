"""`gimg-conformance check`: what can be known of a target before a run, one line each, with a remedy."""

import json
import ssl
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance.cli.meanwhile import each
from conformance.cli.running import one_target
from conformance.cli.without_pytest import sending_world
from conformance.client.journal import read
from conformance.counted import counted
from conformance.report.hostile import one_line
from conformance.report.layout import Labelled, brief, console_for, in_signs_of
from conformance.session.spending import cost_by_account
from conformance.target import PassingClock, TargetFile, with_tunnel
from conformance.target.network import Network, network
from conformance.world.preflight import CLOCK, COOKIE, PRIMARY_KEY, TARGET, Line, State, preflight, transport
from conformance.world.receiving import receiver_of
from conformance.world.rehearsal import MEND, Rehearsal, unreached, unspent
from conformance.world.world import World

UNDECIDED = 3
SIGNS = {State.FINE: ("✓", "green"), State.OPEN: ("·", "yellow"), State.TROUBLE: ("✗", "red")}
WIDE = 16
"""Columns of what a line is about."""
LONGEST = 1000
"""Characters of a sentence, which may quote the target."""


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """The options and arguments of `check`; None and "" mean that an option was not given."""

    target: Path | None = None
    base_url: str | None = None
    api_key: str | None = None
    spend: bool = False
    as_json: bool = False
    timeout: float | None = None
    ca: Path | None = None
    proxy: str = ""
    headers: tuple[str, ...] = ()
    tunnel_command: str = ""


def check_target(order: CheckRequest) -> int:
    """Check, tell, and return the exit status. Raises ConfigurationError before any request."""
    target = with_tunnel(one_target(order.target, order.base_url, order.api_key), order.tunnel_command)
    way = network(order.timeout, str(order.ca or ""), order.proxy, order.headers)
    with sending_world(target, way, moved=True) as (world, journal):
        seen, found = list[str](), list[Line]()
        world.recorder.on_tls = partial(_note, seen)
        console, lines = console_for(sys.stdout), _lines(world, way.told, seen, spend=order.spend)
        awaited = f"{world.base_url}; one request is given {way.seconds:g} s"
        for line in each(lines, awaited, console_for(sys.stderr)):
            found.append(line)
            if not order.as_json:
                show(line, console)
        _tell(order, found, journal, console)
    return UNDECIDED if any(line.state is State.TROUBLE for line in found) else 0


def looked_at(target: TargetFile, way: Network) -> Iterator[Line]:
    """What `check` tells of a target, without spending a credit."""
    with sending_world(target, way, moved=True) as (world, _):
        seen = list[str]()
        world.recorder.on_tls = partial(_note, seen)
        yield from _lines(world, way.told, seen, spend=False)


def _lines(world: World, told: str, seen: list[str], *, spend: bool) -> Iterator[Line]:
    wrong = set[str]()
    for line in preflight(world, spend=spend):
        if line.state is State.TROUBLE:
            wrong.add(line.what)
        yield line
    # A clock of its own where the target's does not tell the time.
    rehearsal = Rehearsal(world, partial(receiver_of, world, PassingClock() if CLOCK in wrong else None))
    if TARGET in wrong:
        yield rehearsal.alone()
        yield unreached(world)
        return
    yield transport(world, told, seen)
    barred = _barred(wrong, spend=spend)
    yield rehearsal.listening(barred or _undelivered(world, wrong))
    yield from unspent(world, barred, spend=spend) if barred else rehearsal.bought()


def _barred(wrong: set[str], *, spend: bool) -> str:
    """The remedy for what keeps from spending; empty: nothing does."""
    first = next((what for what in (CLOCK, PRIMARY_KEY) if what in wrong), "")
    return "add --spend" if not spend else MEND.format(first) if first else ""


def _undelivered(world: World, wrong: set[str]) -> str:
    """The remedy for what keeps from registering a webhook; empty: nothing does."""
    if not world.target.accounts.primary.cookie:
        return 'add cookie = "…" to [accounts.primary]'
    cookie = COOKIE.format(PRIMARY_KEY)
    return MEND.format(cookie) if cookie in wrong else ""


def _note(seen: list[str], secured: Any) -> None:
    """The version of TLS, and until when the certificate is valid."""
    if seen or not isinstance(secured, ssl.SSLObject | ssl.SSLSocket):
        return
    seen.append(f"{secured.version()}, the certificate is trusted")
    with suppress(KeyError, ValueError, TypeError):
        until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str((secured.getpeercert() or {})["notAfter"])), UTC)
        seen.append(f"valid until {until:%Y-%m-%d}")


def show(line: Line, console: Console) -> None:
    """One line, and one more for what is to be done."""
    sign, style = SIGNS[line.state]
    label = Text.assemble((sign, style), f" {one_line(line.what, WIDE):{WIDE}}")
    console.print(Labelled(label, Text(brief(line.found, LONGEST))), crop=False)
    if line.remedy:
        console.print(Labelled(Text(f"{'':{WIDE}}→ ", style="dim"), Text(one_line(line.remedy, LONGEST))), crop=False)


def _tell(order: CheckRequest, found: list[Line], journal: Path, console: Console) -> None:
    cost = cost_by_account(read([journal]))
    credits_ = sum(spent["credits"] for spent in cost.values())
    if order.as_json:
        click.echo(json.dumps({"lines": [asdict(line) for line in found], "credits": credits_}, ensure_ascii=False))
        return
    wrong = sum(line.state is State.TROUBLE for line in found)
    verdict = f"{wrong} to mend before a run" if wrong else "Ready for a run"
    most = counted(credits_, "credit was", "credits were")
    spent = f"at most {most} spent" if order.spend else "no credits were spent"
    console.print(in_signs_of(console, Text(f"{verdict}; {spent}.", style="red" if wrong else "green")))
