"""`gimg-conformance init`: asks a target, and writes its target file with what was found."""

import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from conformance.cli.checking import UNDECIDED, looked_at, show
from conformance.cli.documents import example_of_a_target
from conformance.cli.planning import Collected, collected
from conformance.cli.report_folder import must_be_writable
from conformance.cli.running import RunRequest
from conformance.cli.target_text import ENV, Known, text_of
from conformance.errors import ConfigurationError, sentence
from conformance.plan.estimate import Untested
from conformance.report.hostile import one_line
from conformance.report.layout import Labelled, console_for, in_signs_of
from conformance.target import ACCOUNTS, minimal, parse
from conformance.target.network import network
from conformance.target.variables import COOKIE, suggestions
from conformance.whole_file import write_whole
from conformance.world.preflight import Line, State

TABLES = {"target": "target", "clock": "clock", "receiver": "webhooks"}
"""Lines of `check` that are about a table of the file."""
SPENDING = "`gimg-conformance check` with --spend shows it"
HIDDEN = " (what you type is not shown)"
LONGEST = 200


@dataclass(frozen=True, slots=True)
class InitRequest:
    """The options of `init`; None and "" mean that an option was not given."""

    base_url: str | None = None
    api_key: str | None = None
    cookie: str = ""
    output: Path = Path("target.toml")
    force: bool = False
    timeout: float | None = None
    ca: Path | None = None
    proxy: str = ""
    headers: tuple[str, ...] = ()


def begin(order: InitRequest) -> int:
    """Ask, write and tell; the exit status. Raises ConfigurationError before any request."""
    if order.output.exists() and not order.force:
        raise ConfigurationError(f"{order.output} is there already", "name another --output, or replace it by --force")
    must_be_writable(order.output.parent, "--output")
    way = network(order.timeout, str(order.ca or ""), order.proxy, order.headers)
    base_url, accounts = _asked(order)
    target = minimal(base_url, *accounts["primary"]).target
    console, example, lines = console_for(sys.stdout), example_of_a_target(), list[Line]()
    with tempfile.TemporaryDirectory() as folder:  # nobody else may look into it
        secret = Path(folder) / order.output.name
        secret.write_text(text := text_of(Known(target.name, target.base_url, accounts), example), encoding="utf-8")
        for line in map(_of_another_command, looked_at(parse(text, str(order.output)), way)):
            lines.append(line)
            show(line, console)
        plan = collected(RunRequest(target=secret, profile="certify"))
    named = {name: (_named(key, name), _named(cookie, name + COOKIE)) for name, (key, cookie) in accounts.items()}
    _write(order.output, text_of(Known(target.name, target.base_url, named, _found(lines)), example))
    _tell(order.output, _to_set(accounts), console)
    wrong = any(line.state is State.TROUBLE for line in lines)
    _tell_share(plan, console, "Once that is mended, a" if wrong else "A")
    return UNDECIDED if wrong else 0


def _of_another_command(line: Line) -> Line:
    """`--spend` is an option of `check`."""
    return replace(line, remedy=SPENDING) if line.remedy.startswith("add --spend") else line


def _asked(order: InitRequest) -> tuple[str, dict[str, tuple[str, str]]]:
    """The base URL, and key and cookie by account: from options, from questions, from the environment."""
    base_url, key, cookie = order.base_url, order.api_key, order.cookie
    if not (base_url and key):
        if not somebody_answers():
            raise ConfigurationError("--base-url and --api-key are needed where nobody can be asked", "give both")
        base_url = base_url or _answer("Base URL of the target, before /api/v1", "base_url")
        key = key or _answer("API key of a Pro or Max account, or env:NAME", "api_key")
        cookie = cookie or _answer("Cookie of its dashboard session, or env:NAME (empty: none)", "cookie")
    names, set_ = suggestions(), os.environ.get
    cookie = cookie or (f"{ENV}{names['primary' + COOKIE]}" if set_(names["primary" + COOKIE]) else "")
    accounts = {"primary": (str(key), cookie)}
    for name in ACCOUNTS[1:]:
        if set_(names[name]):
            has_cookie = f"{name}{COOKIE}" in names and set_(names[name + COOKIE])
            accounts[name] = (f"{ENV}{names[name]}", f"{ENV}{names[name + COOKIE]}" if has_cookie else "")
    return str(base_url), accounts


def _answer(question: str, to: str) -> str:
    """An answer that is of use: the question is put again until there is one. `to`: an argument of `minimal`."""
    while True:
        secret = to != "base_url"
        said: str = click.prompt(
            f"{question}{HIDDEN if secret else ''}", default="" if to == "cookie" else None, show_default=False,
            hide_input=secret, err=True,
        )  # fmt: skip
        try:
            minimal(**{"base_url": "https://any.example", "api_key": "gimg_any", to: said})
        except ConfigurationError as error:
            click.echo(f"  {error.message.partition(': ')[2]}. {sentence(error.hint)}", err=True)
        else:
            return said


def somebody_answers() -> bool:
    return sys.stdin.isatty()


def _named(secret: str, what: str) -> str:
    """A secret as the file has it: a target file is often committed, so it names a variable."""
    return secret if not secret or secret.startswith(ENV) else f"{ENV}{suggestions()[what]}"


def _found(lines: Iterable[Line]) -> dict[str, list[str]]:
    """By table of the file, comments. What a target sent stands in them made safe."""
    found = dict[str, list[str]]()
    for line in lines:
        cookie, _, account = line.what.rpartition(" ")
        table = f"accounts.{account}" if account in ACCOUNTS else TABLES.get(line.what, "")
        lasting = line.found.partition(";")[0]  # what follows is the quota of this hour
        told = f"{cookie}: {lasting}" if cookie else lasting
        if line.remedy != SPENDING:
            remedy = "" if line.state is State.FINE else f" → {line.remedy}"
            found.setdefault(table, []).append(one_line(told + remedy, LONGEST))
    return found


def _to_set(accounts: Mapping[str, tuple[str, str]]) -> list[str]:
    """The variables that the file names, and that do not have the value that was given."""
    given = {name + suffix: pair[at] for name, pair in accounts.items() for at, suffix in enumerate(("", COOKIE))}
    names = suggestions()
    plain = {names[what]: secret for what, secret in given.items() if secret and not secret.startswith(ENV)}
    return [name for name, secret in plain.items() if os.environ.get(name) != secret]


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}", "name another --output") from None


def _tell(path: Path, unset: Sequence[str], console: Console) -> None:
    console.print(Text(f"\n{one_line(str(path))} was written, without a secret.", style="bold"))
    if unset:
        console.print(Text("Before you use it, set what it reads:"))
    for name in unset:
        console.print(in_signs_of(console, Text(f"  export {name}=…")))


def _tell_share(found: Collected, console: Console, begun: str) -> None:
    """`begun`: how the sentence begins, and what has to come before such a run."""
    tested = found.binding - len(found.lost())
    judged = f"{found.binding} requirements that are judged"
    console.print(Text(f"{begun} certify run with it tests {tested} of {judged}."))
    untested = found.plan.untested if found.plan else ()
    steps = [*enabling(untested)]
    if steps:
        console.print(Text("What would enable more, one after the other:"))
    for more, lines in steps:
        label = Text(f"  {more:+4}  ", style="green")
        for line in lines:
            console.print(Labelled(label, Text(line)), crop=False)
            label = Text(" " * label.cell_len)


def enabling(untested: Sequence[Untested]) -> Iterable[tuple[int, tuple[str, ...]]]:
    """Steps: how many requirements more are tested by so many lines more, the most for each line first."""
    have, judged = set[str](), set[str]()

    def gain(lines: set[str]) -> set[str]:
        return {id_ for one in untested if {*one.lines} <= lines for id_ in one.requirements} - judged

    while wanted := [one for one in untested if gain(have | {*one.lines})]:
        best = max(wanted, key=lambda one: len(gain(have | {*one.lines})) / len({*one.lines} - have))
        new = tuple(line for line in best.lines if line not in have)
        have |= {*new}
        more = gain(have)
        judged |= more
        yield len(more), new
