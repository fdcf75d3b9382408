"""What a run is planned to take, in lines for a terminal."""

from collections.abc import Iterator, Mapping, Sequence

from conformance.counted import counted
from conformance.plan.amount import Amount, of_all
from conformance.plan.cost import PRIMARY
from conformance.plan.estimate import Planned, Untested
from conformance.world.overlap import minutes

ALL, SHARED = "all", "shared"
FEW = 2
"""Waits that are named where there is little room."""
MANY = 12
"""Requirements that are named of those that stay untested."""
COUNTED_ONCE = "Only requests with an account's key count; what several areas need, with that of most of its tests."
MEASURED = "Measured on the reference server. A target whose generations take longer is polled a few times more."


def short_lines(plan: Planned) -> Iterator[str]:
    """For the beginning of a run: by account, how long, and what is missing; at most twelve lines."""
    yield from _table("plan", plan.bill, plan.all if len(plan.bill) > 1 else None)
    yield f"{counted(plan.tests, 'test')}, {_lasts(plan)}{_named(plan.waits)}"
    if plan.untested:
        few = sum(one.tests for one in plan.untested)
        yield f"not tested: {few} of these, for want of {_wanted(plan.untested)}"
    yield from _beyond(plan)


def whole_lines(plan: Planned, left_out: Mapping[str, int]) -> Iterator[str]:
    """Everything that is known; `left_out` are the requirements that are not to be tested, counted by the reason."""
    yield f"{plan.profile}: {counted(plan.tests, 'test')}, {_lasts(plan)}"
    yield ""
    yield from _table("account", plan.bill, plan.all if len(plan.bill) > 1 else None)
    yield ""
    yield from _table("area", {name or SHARED: plan.areas[name] for name in sorted(plan.areas, key=_last)}, None)
    yield from _beyond(plan)
    if plan.waits:
        yield from ("", "waits, all at the same time:")
        yield from (f"  {minutes(seconds):>6}  {what}" for what, seconds in plan.waits)
    if plan.untested or left_out:
        yield from ("", "not tested:")
        for one in plan.untested:
            yield from _missing(one)
        yield from (f"  {counted(count, 'requirement')}: {why}" for why, count in left_out.items())
    if plan.unknown:
        yield from ("", f"{counted(len(plan.unknown), 'test')} of unknown cost, such as {plan.unknown[0]}")
    yield from ("", COUNTED_ONCE, MEASURED)


def _table(title: str, rows: Mapping[str, Amount], every: Amount | None) -> Iterator[str]:
    shown = dict(rows) | ({ALL: every} if every else {})
    wide = max(map(len, (title, *shown)))
    yield f"{title:{wide}}" + "".join(f"  {name:>{len(name)}}" for name in Amount._fields)
    for name, amount in shown.items():
        cells = (f"  {number:>{len(what)}}" for what, number in zip(Amount._fields, amount, strict=True))
        yield f"{name:{wide}}" + "".join(cells)


def _last(area: str) -> tuple[bool, str]:
    return not area, area


def _lasts(plan: Planned) -> str:
    return f"at least {minutes(plan.seconds)}" if round(plan.seconds) else "no waits"


def _named(waits: Sequence[tuple[str, float]]) -> str:
    if not waits:
        return ""
    more = f" and {len(waits) - FEW} more" if len(waits) > FEW else ""
    return f": waits for {', '.join(what for what, _ in waits[:FEW])}{more}"


def _wanted(untested: Sequence[Untested]) -> str:
    lines = list(dict.fromkeys(line for one in untested for line in one.lines))
    more = f" and {len(lines) - 1} more (`gimg-conformance plan` names them)" if len(lines) > 1 else ""
    return f"{lines[0]}{more}"


def _missing(one: Untested) -> Iterator[str]:
    only = one.requirements
    them = "it" if one.tests == 1 else "them"
    told = f", and with {them} {counted(len(only), 'requirement')}: {', '.join(only[:MANY])}" if only else ""
    yield f"  {counted(one.tests, 'test')}{told}{', …' if len(only) > MANY else ''}"
    yield from (f"    add {line}" for line in one.lines)


def _beyond(plan: Planned) -> Iterator[str]:
    most = PRIMARY[plan.profile]
    if plan.beyond:
        why = "with --workers 1 there are fewer" if plan.workers > 1 else "[accounts.other] would take its part of them"
        beyond = counted(plan.beyond, "request of primary is", "requests of primary are")
        yield f"{beyond} beyond the {most} that {plan.profile} promises: {why}"


def totals(plan: Planned) -> dict[str, int]:
    """What the progress counts."""
    amount = of_all(plan.bill)
    return {"requests": amount.requests, "credits": round(amount.credits)}
