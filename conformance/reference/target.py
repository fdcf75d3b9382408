"""The target file that describes a reference server to whoever tests it."""

import json
from collections.abc import Mapping

from . import control
from .clock import Clock, RunningClock, SteppedClock
from .model import Account
from .rules import Rules

COOKIES = ("primary", "other")  # the accounts whose dashboard a test may use
GENERATION_SECONDS = 60


def target_toml(base_url: str, accounts: Mapping[str, Account], rules: Rules, clock: Clock) -> str:
    """TOML text: accounts with keys and cookies, prompts that provoke, webhooks, clock and limits."""
    sections = [_section("target", name="reference", base_url=base_url)]
    for account in accounts.values():
        secrets: dict[str, object] = {"key": account.key}
        if account.name in COOKIES:
            secrets["cookie"] = account.cookie
        if account.name == "metered":
            secrets["credits"] = account.credits
        sections.append(_section(f"accounts.{account.name}", **secrets))
    sections += [
        _section(
            "prompts",
            rejected=f"A heron at dawn {rules.rejected}",
            blocked=f"A heron at dawn {rules.blocked_input}",
            failed=f"A heron at dawn {rules.failed}",
        ),
        f"# Another that ends blocked, but only after it was painted: {rules.blocked_output!r} in the prompt.\n",
        _section("webhooks", listen="127.0.0.1:0", public_url="", certificate="", private_key=""),
        _section("clock", **_clock(clock)),
        _section("limits", generation_seconds=GENERATION_SECONDS, max_requests=0, max_credits=0),
    ]
    return "\n".join(sections)


def _clock(clock: Clock) -> dict[str, object]:
    if isinstance(clock, SteppedClock):
        return {"scale": 1, "control": control.PATH}
    return {"scale": clock.scale if isinstance(clock, RunningClock) else 1, "control": ""}


def _section(title: str, /, **values: object) -> str:
    """Strings, integers and floats are written in TOML as in JSON."""
    return "\n".join([f"[{title}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""])
