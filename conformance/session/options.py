"""Turns command line options into the settings of a run; without a target, starts the embedded server."""

import math
import os
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from conformance.client.quota import AT_ONCE
from conformance.errors import ConfigurationError
from conformance.plan.cost import PLANNED, PRIMARY
from conformance.plan.marks import PROFILES, Profile
from conformance.plan.settings import EVIDENCE, SEED, Settings, process_name
from conformance.requirements.translation import ENGLISH, LANGUAGES
from conformance.session.reasons import SUITE
from conformance.session.repeating import called
from conformance.target import (
    API_KEY_VARIABLE,
    TargetFile,
    Vendor,
    minimal,
    parse,
    read,
    variables,
    variables_of_headers,
    variables_of_url,
)
from conformance.target.known_failures import KnownFailure, read_known
from conformance.target.network import Network, network

PART = "gimg_part"
"""Under which xdist hands a worker which part of a run this is."""
MOST_WORKERS = AT_ONCE
"""A key may have this many requests in progress, so no more processes can share it."""


def resolve(config: pytest.Config, running: ExitStack) -> Settings:
    """The settings of this process; an embedded server lives as long as `running`.

    Raises ConfigurationError naming the option and the remedy, before any request.
    """
    embedded = not (_option(config, "target") or _option(config, "base-url"))
    worker = cast("dict[str, Any]", getattr(config, "workerinput", {}))
    workers = int(worker.get("workercount", getattr(config.option, "numprocesses", None) or 1))
    part = int(worker.get(PART, 1))
    directory = Path(worker.get("gimg_journal") or Path(_option(config, "report-dir")) / EVIDENCE).absolute()
    _check_choices(config, embedded=embedded)
    profile, seed, max_wait = _profile(config, embedded), _seed(config), _number(config, "max-wait")
    wait_for_target = _number(config, "wait-for-target")
    if not (embedded or worker) and workers > MOST_WORKERS:
        raise ConfigurationError(
            f"-n {workers} is too many: a key may have {MOST_WORKERS} requests in progress, one for each process",
            f"give -n {MOST_WORKERS} or less",
        )
    target, way = _named(_target(config, running), _option(config, "vendor")), _network(config)
    if not chosen_words(config):  # of what was chosen the cost is known when it is collected
        keep_within(target, profile)
    return Settings(
        target=target,
        embedded=embedded,
        profile=profile,
        journal_directory=directory,
        seed=seed,
        max_wait=max_wait,
        workers=1 if embedded else min(workers, MOST_WORKERS),
        process=process_name(str(worker.get("workerid", "main")), part),
        part=part,
        salt=str(worker.get("gimg_salt") or uuid.uuid4().hex),
        primary_requests=0 if _narrowed(config) else PRIMARY[profile] // workers,
        wait=bool(config.getoption("--gimg-wait")),
        wait_for_target=wait_for_target,
        keep_secrets=bool(config.getoption("--gimg-keep-secrets")),
        known=_known(config),
        variables=_variables(config) | variables_of_headers(way),
        called=called(
            _option(config, "target"), _option(config, "base-url"), _option(config, "api-key"),
            profile=profile, usual=_usual(embedded), seed=seed, network=way.words,
        ),
        called_behind=("--", f"--gimg-fault={fault}") if (fault := _option(config, "fault")) else (),
        network=way,
    )  # fmt: skip


def _network(config: pytest.Config) -> Network:
    """How the target is reached. Raises ConfigurationError."""
    seconds = _number(config, "timeout") if _option(config, "timeout") else None
    return network(seconds, _option(config, "ca"), _option(config, "proxy"), config.getoption("--gimg-header"))


def _known(config: pytest.Config) -> tuple[KnownFailure, ...]:
    path = _option(config, "known-failures")
    return read_known(Path(path), datetime.now(UTC).date()) if path else ()


def _variables(config: pytest.Config) -> dict[str, str]:
    path = _option(config, "target")
    return variables(Path(path)) if path else variables_of_url(_option(config, "api-key"))


def _narrowed(config: pytest.Config) -> bool:
    """Whether tests were chosen, so that their cost is not known."""
    return bool(config.option.keyword or config.option.markexpr or _option(config, "section") or chosen_words(config))


def chosen_words(config: pytest.Config) -> list[str]:
    """What --gimg-only was given, or what --gimg-failed found: a worker is told by its controller."""
    given = getattr(config, "workerinput", {}).get("gimg_only")
    return list(given or config.getoption("--gimg-only", None) or ())


def language_of(config: pytest.Config) -> str:
    """The language of the page. Raises ConfigurationError for one that it cannot be told in."""
    lang = _option(config, "lang") or ENGLISH
    if lang not in LANGUAGES:
        raise ConfigurationError(f"unknown language {lang!r} in --gimg-lang", f"choose one of {', '.join(LANGUAGES)}")
    return lang


def _option(config: pytest.Config, name: str) -> str:
    return str(config.getoption(f"--gimg-{name}") or "")


def _check_choices(config: pytest.Config, *, embedded: bool) -> None:
    """Refuse options that would be ignored otherwise."""
    if not _option(config, "report-dir"):
        raise ConfigurationError("--gimg-report-dir is empty", "name a folder")
    if _option(config, "api-key") and not _option(config, "base-url"):
        raise ConfigurationError(
            "--gimg-api-key needs --gimg-base-url", "add --gimg-base-url, or put the key into the target file"
        )
    if _option(config, "fault") and not embedded:
        raise ConfigurationError(
            "--gimg-fault works on the embedded server only, and a target was given",
            "leave one of them out; `gimg-conformance serve --fault NAME` starts a server with a fault",
        )
    section = _option(config, "section")
    if section and chosen_words(config):
        raise ConfigurationError("--gimg-section and --gimg-only both choose tests", "give one of them")
    known = sorted(path.stem.removeprefix("test_") for path in SUITE.glob("test_*.py"))
    if section and section not in known:
        raise ConfigurationError(f"unknown section {section!r} in --gimg-section", f"choose one of {', '.join(known)}")


def _target(config: pytest.Config, running: ExitStack) -> TargetFile:
    path, base_url = _option(config, "target"), _option(config, "base-url")
    if path and base_url:
        raise ConfigurationError("both a target file and a base URL were given", "give one of them")
    if path:
        return read(Path(path))
    if base_url:
        key = _option(config, "api-key") or os.environ.get(API_KEY_VARIABLE, "")
        if not key:
            raise ConfigurationError(
                "a base URL was given without a key", "add --gimg-api-key env:NAME, or use a target file"
            )
        return minimal(base_url, key)
    alter = _alteration(_option(config, "fault"))
    if hasattr(config, "workerinput") or not _workers(config):
        return _embedded(alter, running)
    return minimal("http://127.0.0.1:1", "gimg_embedded")  # the controller of workers sends nothing itself


def _named(target: TargetFile, vendor: str) -> TargetFile:
    """With the vendor that the command line names, if it does."""
    return target.model_copy(update={"vendor": Vendor.model_validate_json(vendor)}) if vendor else target


def _workers(config: pytest.Config) -> bool:
    return bool(getattr(config.option, "numprocesses", None))


def _alteration(fault: str) -> Callable[[Any], object] | None:
    """The change that gives the embedded server the fault; None without a fault."""
    if not fault:
        return None
    from conformance.faults import named  # noqa: PLC0415 - the catalogue is loaded only where it is asked for

    try:
        return named(fault).apply
    except KeyError as error:
        raise ConfigurationError(str(error.args[0]), "`gimg-conformance faults list` lists them") from None


def _embedded(alter: Callable[[Any], object] | None, running: ExitStack) -> TargetFile:
    from conformance import reference  # noqa: PLC0415 - the server is loaded only where it is the target

    server = running.enter_context(reference.start(alter=alter))
    return parse(server.target_toml(), "the embedded server")


def _usual(embedded: bool) -> Profile:
    """The profile of a run that names none."""
    return "certify" if embedded else "gate"


def _profile(config: pytest.Config, embedded: bool) -> Profile:
    profile = _option(config, "profile") or _usual(embedded)
    if profile not in PROFILES:
        raise ConfigurationError(
            f"unknown profile {profile!r} in --gimg-profile", f"choose one of {', '.join(PROFILES)}"
        )
    return profile


def keep_within(target: TargetFile, profile: Profile) -> None:
    """Raises ConfigurationError where the profile may cost more than the target file allows."""
    for what, most in PLANNED[profile].items():
        limit = getattr(target.limits, f"max_{what}")
        if 0 < limit < most:
            raise ConfigurationError(
                f"limits.max_{what} is {limit}, but a {profile} run may take {most} {what} on all accounts together",
                f"raise it to {most}, or choose a smaller profile",
            )


def _seed(config: pytest.Config) -> int:
    text = str(getattr(config, "workerinput", {}).get("gimg_seed") or _option(config, "seed") or SEED)
    try:
        return int(text)
    except ValueError:
        raise ConfigurationError(f"--gimg-seed {text!r} must be a whole number", "give one such as 7") from None


def _number(config: pytest.Config, name: str) -> float:
    text = _option(config, name) or "0"
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise ConfigurationError(f"--gimg-{name} {text!r} must be a number, 0 or more", "give seconds, such as 60")
    return number
