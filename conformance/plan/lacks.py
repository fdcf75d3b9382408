"""What a target file does not have, and the lines that would change that."""

from collections.abc import Iterable

from conformance.target import ACCOUNTS, TargetFile

COOKIE, PROMPTS = ".cookie", "prompts."
WITH_COOKIE = ("primary", "other")
FATES = ("rejected", "blocked", "failed")
PARTS = (
    *(name for name in ACCOUNTS if name != "primary"),
    *(name + COOKIE for name in WITH_COOKIE),
    *(PROMPTS + fate for fate in FATES),
)
"""What is optional in a target file and enables tests: accounts, cookies and prompts."""


def lacking(target: TargetFile) -> frozenset[str]:
    """Those of `PARTS` that it does not have. A metered account of unknown balance is of no use."""
    found = {name for name in PARTS if name in ACCOUNTS and target.account(name) is None}
    metered = target.accounts.metered
    found |= {"metered"} if metered and metered.credits is None else set()
    for name in WITH_COOKIE:
        account = target.account(name)
        found |= set() if account and account.cookie else {name + COOKIE}
    return frozenset(found | {PROMPTS + fate for fate in FATES if not getattr(target.prompts, fate)})


def lines_for(parts: Iterable[str], target: TargetFile) -> tuple[str, ...]:
    """The lines of the target file that give it these parts, in the order of `PARTS`."""
    return tuple(_line(part, target) for part in sorted(parts, key=PARTS.index))


def _line(part: str, target: TargetFile) -> str:
    if part.startswith(PROMPTS):
        return f'[prompts] {part.removeprefix(PROMPTS)} = "…"'
    if part.endswith(COOKIE):
        return f'[accounts.{part.removesuffix(COOKIE)}] cookie = "…"'
    credits_ = " credits = 3" if part == "metered" else ""
    key = "" if part == "metered" and target.accounts.metered else ' key = "…"'
    return f"[accounts.{part}]{key}{credits_}"
