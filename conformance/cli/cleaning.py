"""`gimg-conformance cleanup`: removes the webhooks that earlier runs left at a target."""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from conformance.cli.without_pytest import sending_world
from conformance.client.journal import read_lines
from conformance.errors import ConfigurationError, SuiteError
from conformance.report.hostile import one_line
from conformance.session.sole_use import sole_use
from conformance.target import ACCOUNTS, TargetFile, read
from conformance.target.network import Network, network
from conformance.world.left_journal import known_left, note_removals
from conformance.world.leftovers import Cleaner, Cleared, Fate, Left, Removal
from conformance.world.registrar import Registrar

REPORTS = Path("reports")
REGISTERING = ("primary", "other")
"""The accounts for which runs register webhooks."""
STYLES = {Fate.REMOVED: "green", Fate.GONE: "dim", Fate.REMAINS: "red"}


def clean(
    path: Path, folders: Sequence[Path], *, timeout: float | None = None, ca: Path | None = None, proxy: str = "",
    headers: Sequence[str] = (),
) -> int:  # fmt: skip
    """Remove them, tell what became of each, and return the exit status. Raises ConfigurationError."""
    target, way = read(path), network(timeout, str(ca or ""), proxy, headers)
    cookies = [name for name in ACCOUNTS if (account := target.account(name)) and account.cookie]
    if not cookies:
        raise ConfigurationError(
            f"{path}: no account has a dashboard session, and without one no webhook can be seen or removed",
            'add cookie = "…" to [accounts.primary]',
        )
    with ExitStack() as held:
        found = {folder: _known(folder, held) for folder in folders or ([REPORTS] if REPORTS.is_dir() else [])}
        known = list(dict.fromkeys(left for every in found.values() for left in every))
        base_url = target.target.base_url
        here = [replace(left, account=left.account or cookies[0]) for left in known if left.base_url == base_url]
        cleared, removals = _cleared(target, way, cookies, here)
        for folder, every in found.items():
            if every and removals:
                note_removals(folder, removals)
    beyond = [_without_cookie(name, here) for name in _accounts(here, cookies)]
    return _tell([*cleared, *beyond], _notes(target, known, base_url), Console(highlight=False))


def _known(folder: Path, held: ExitStack) -> list[Left]:
    """What a report folder knows, which no run writes to meanwhile."""
    if not folder.is_dir():
        raise ConfigurationError(f"--report-dir {folder}: there is no such folder", "name a folder of an earlier run")
    held.enter_context(sole_use(folder))
    try:
        return [left for left, _ in known_left(folder)]
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the journal in {folder} could not be read: {error}", "name another folder with --report-dir"
        ) from None


def _cleared(
    target: TargetFile, way: Network, cookies: Sequence[str], known: Sequence[Left]
) -> tuple[list[Cleared], list[str]]:  # fmt: skip
    """What became of each account's webhooks, and the recorded requests that removed them."""
    with sending_world(target, way) as (world, journal):
        cleaner = Cleaner(Registrar(world))
        mine = {name: [left for left in known if left.account == name] for name in cookies}
        cleared = [_one(cleaner, name, left) for name, left in mine.items()]
        return cleared, [line for one, line in read_lines([journal]) if one.request.method == "DELETE"]


def _one(cleaner: Cleaner, name: str, known: Sequence[Left]) -> Cleared:
    try:
        return cleaner.clear(name, known)
    except SuiteError as error:
        remain = tuple(Removal(left, Fate.REMAINS, error.message) for left in known)
        return Cleared(name, remain, error.message, refused=True)


def _accounts(known: Sequence[Left], cookies: Sequence[str]) -> list[str]:
    return sorted({left.account for left in known if left.account} - {*cookies})


def _without_cookie(name: str, known: Sequence[Left]) -> Cleared:
    why = f'add cookie = "…" to [accounts.{name}]'
    return Cleared(name, tuple(Removal(left, Fate.REMAINS, why) for left in known if left.account == name))


def _notes(target: TargetFile, known: Sequence[Left], base_url: str) -> list[str]:
    elsewhere = sorted({left.base_url for left in known if left.base_url != base_url})
    blind = [name for name in REGISTERING if (account := target.account(name)) and not account.cookie]
    return [
        *(f'account {name!r} was not looked at: add cookie = "…" to [accounts.{name}]' for name in blind),
        *(f"webhooks that a journal names at {other} were not touched: it is another target" for other in elsewhere),
    ]


def _tell(cleared: Sequence[Cleared], notes: Sequence[str], console: Console) -> int:
    for one in cleared:
        counted = Counter(removal.fate for removal in one.removals)
        told = ", ".join(f"{counted[fate]} {fate}" for fate in Fate if counted[fate])
        _print(
            console, f"{one.account}: {told or 'nothing of ours is known' if one.unseen else told or 'nothing of ours'}"
        )
        for removal in one.removals:
            which = removal.left.id or removal.left.url
            _print(console, f"  {removal.fate:<14}{which}  {removal.why}".rstrip(), STYLES[removal.fate])
        if one.unseen:
            _print(console, f"  {_unseen(one)}", "yellow")
    for note in notes:
        _print(console, note, "yellow")
    remain = sum(removal.fate is Fate.REMAINS for one in cleared for removal in one.removals)
    unsure = any(one.refused for one in cleared)
    _print(console, _last(remain, unsure=unsure, unseen=any(one.unseen for one in cleared)))
    return 1 if remain or unsure else 0


def _unseen(one: Cleared) -> str:
    if one.refused:
        return f"{one.unseen}: renew cookie in [accounts.{one.account}], or look whether the target is there"
    return f"{one.unseen}, so only those that a journal names could be removed"


def _last(remain: int, *, unsure: bool, unseen: bool) -> str:
    if remain:
        return f"{remain} of our webhooks could not be removed: the dashboard may do it, by these ids."
    if unsure:
        return "It is not known whether webhooks of ours are left."
    return "None of our webhooks that a journal names is left." if unseen else "None of our webhooks is left."


def _print(console: Console, line: str, style: str = "") -> None:
    console.print(Text(one_line(line, 500), style=style), soft_wrap=True)
