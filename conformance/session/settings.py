"""From command line options to the settings of a run; the embedded server when no target is given."""

import math
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from conformance.errors import ConfigurationError
from conformance.target import TargetFile, minimal, parse, read
from conformance.world.marks import PROFILES, Profile
from conformance.world.settings import Settings

PLANNED: dict[Profile, dict[str, int]] = {
    "smoke": {"requests": 40, "credits": 5},
    "gate": {"requests": 250, "credits": 80},
    "certify": {"requests": 1400, "credits": 300},
}
"""What a run of each profile takes at most, with every account there is and a target that keeps its promises."""
PRIMARY: dict[Profile, int] = {"smoke": 40, "gate": 100, "certify": 300}
"""Of these requests, the most under the primary key."""
MOST_WORKERS = 5
"""A key may have five requests under way, so no more processes can share it."""


def resolve(config: pytest.Config, running: ExitStack) -> Settings:
    """The settings of this process; an embedded server lives as long as `running`.

    Raises ConfigurationError naming the option and the remedy, before any request.
    """
    embedded = not (_option(config, "target") or _option(config, "base-url"))
    worker = cast("dict[str, Any]", getattr(config, "workerinput", {}))
    workers = int(worker.get("workercount", getattr(config.option, "numprocesses", None) or 1))
    directory = Path(worker.get("gimg_journal") or Path(_option(config, "report-dir")) / "journal").absolute()
    target, profile = _target(config, running), _profile(config, embedded)
    _keep_within(target, profile)
    return Settings(
        target=target,
        embedded=embedded,
        profile=profile,
        journal_directory=directory,
        seed=int(_number(config, "seed")),
        max_wait=_number(config, "max-wait"),
        workers=1 if embedded else min(workers, MOST_WORKERS),
        process=str(worker.get("workerid", "main")),
        salt=str(worker.get("gimg_salt") or uuid.uuid4().hex),
        primary_requests=0 if _narrowed(config) else PRIMARY[profile] // workers,
        wait=bool(config.getoption("--gimg-wait")),
        wait_for_target=_number(config, "wait-for-target"),
    )


def _narrowed(config: pytest.Config) -> bool:
    """Whether tests were chosen, so that nobody knows what they take."""
    return bool(config.option.keyword or config.option.markexpr or _option(config, "section"))


def _option(config: pytest.Config, name: str) -> str:
    return str(config.getoption(f"--gimg-{name}") or "")


def _target(config: pytest.Config, running: ExitStack) -> TargetFile:
    path, base_url, key = (_option(config, name) for name in ("target", "base-url", "api-key"))
    if path and base_url:
        raise ConfigurationError("both a target file and a base URL were given", "give one of them")
    if path:
        return read(Path(path))
    if base_url:
        if not key:
            raise ConfigurationError(
                "a base URL was given without a key", "add --api-key env:NAME, or use a target file"
            )
        return minimal(base_url, key)
    if hasattr(config, "workerinput") or not _workers(config):
        return _embedded(_option(config, "fault"), running)
    return minimal("http://127.0.0.1:1", "gimg_embedded")  # the controller of workers sends nothing itself


def _workers(config: pytest.Config) -> bool:
    return bool(getattr(config.option, "numprocesses", None))


def _embedded(fault: str, running: ExitStack) -> TargetFile:
    from conformance import reference  # noqa: PLC0415 - the server is loaded only where it is the target

    alter = None
    if fault:
        from conformance.faults import named  # noqa: PLC0415 - as above

        try:
            alter = named(fault).apply
        except KeyError as error:
            raise ConfigurationError(str(error.args[0]), "`gimg-conformance faults list` lists them") from None
    server = running.enter_context(reference.start(alter=alter))
    return parse(server.target_toml(), "the embedded server")


def _profile(config: pytest.Config, embedded: bool) -> Profile:
    profile = _option(config, "profile") or ("certify" if embedded else "gate")
    if profile not in PROFILES:
        raise ConfigurationError(f"--profile {profile!r} is not known", f"choose one of {', '.join(PROFILES)}")
    return profile


def _keep_within(target: TargetFile, profile: Profile) -> None:
    """Raises ConfigurationError where the profile may cost more than the target file allows."""
    for what, most in PLANNED[profile].items():
        limit = getattr(target.limits, f"max_{what}")
        if 0 < limit < most:
            raise ConfigurationError(
                f"limits.max_{what} is {limit}, and a {profile} run may take {most} {what} on all accounts together",
                f"raise it to {most}, or choose a smaller profile",
            )


def _number(config: pytest.Config, name: str) -> float:
    text = _option(config, name) or "0"
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise ConfigurationError(f"--{name} {text!r} is not a number from 0", f"give --{name} a number")
    return number
