"""Turns command line options into the settings of a run; without a target, starts the embedded server."""

import math
import os
import uuid
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from conformance.client.quota import AT_ONCE
from conformance.errors import ConfigurationError
from conformance.plan.asked import asks_for_the_suite
from conformance.plan.cost import PRIMARY
from conformance.plan.marks import PROFILES, Profile
from conformance.plan.settings import EVIDENCE, SEED, Settings, process_name
from conformance.requirements.translation import ENGLISH, LANGUAGES
from conformance.session.embedded import alteration, served, unserved
from conformance.session.extending import extension_of
from conformance.session.reasons import SUITE
from conformance.session.repeating import called
from conformance.target import (
    API_KEY_VARIABLE,
    TargetFile,
    Vendor,
    minimal,
    read,
    variables,
    variables_of_headers,
    variables_of_url,
    with_tunnel,
)
from conformance.target.known_failures import KnownFailure, read_known
from conformance.target.network import Network, network

PART, ENDS = "gimg_part", "gimg_ends"
"""Under which xdist hands a worker which part of a run this is, and when its time is over."""
REPEATED = 25
"""Calls of the primary key by which each further process repeats what several files of the suite share, at most."""
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
    wait_for_target, max_seconds = _number(config, "wait-for-target"), _number(config, "max-seconds")
    if not (embedded or worker) and workers > MOST_WORKERS:
        raise ConfigurationError(
            f"-n {workers} is too many: a key may have {MOST_WORKERS} requests in progress, one for each process",
            f"give -n {MOST_WORKERS} or less",
        )
    tunnel, way = _option(config, "tunnel-command"), _network(config)
    target = with_tunnel(_named(_target(config, running), _option(config, "vendor")), tunnel)
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
        primary_requests=0 if _narrowed(config) else PRIMARY[profile] + REPEATED * (workers - 1),
        wait=bool(config.getoption("--gimg-wait")),
        wait_for_target=wait_for_target,
        max_seconds=max_seconds,
        ends=float(worker.get(ENDS) or (config.getoption("--gimg-began") + max_seconds if max_seconds else math.inf)),
        keep_secrets=bool(config.getoption("--gimg-keep-secrets")),
        known=_known(config),
        variables=_variables(config) | variables_of_headers(way),
        called=called(
            _option(config, "target"), _option(config, "base-url"), _api_key(config),
            profile=profile, usual=_usual(embedded), seed=seed,
            network=(*way.words, *(("--tunnel-command", tunnel) if tunnel else ())),
        ),
        called_behind=("--", f"--gimg-fault={fault}") if (fault := _option(config, "fault")) else (),
        network=way,
        extension=extension_of(config),
    )  # fmt: skip


def _network(config: pytest.Config) -> Network:
    """How the target is reached. Raises ConfigurationError."""
    seconds = _number(config, "timeout") if _option(config, "timeout") else None
    return network(seconds, _option(config, "ca"), _option(config, "proxy"), config.getoption("--gimg-header") or ())


def _known(config: pytest.Config) -> tuple[KnownFailure, ...]:
    path = _option(config, "known-failures")
    return read_known(Path(path), datetime.now(UTC).date()) if path else ()


def _variables(config: pytest.Config) -> dict[str, str]:
    path = _option(config, "target")
    return variables(Path(path)) if path else variables_of_url(_api_key(config))


def _api_key(config: pytest.Config) -> str:
    """The key of a base URL, or the env:NAME that names it: the command puts what it was given into the variable."""
    return _option(config, "api-key") or os.environ.get(API_KEY_VARIABLE, "")


def _narrowed(config: pytest.Config) -> bool:
    """Whether tests were chosen, or are not the suite's, so that their cost is not known."""
    if _option(config, "requirements") and not asks_for_the_suite(config.args):
        return True
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
        key = _api_key(config)
        if not key:
            raise ConfigurationError(
                "a base URL was given without a key", "add --gimg-api-key env:NAME, or use a target file"
            )
        return minimal(base_url, key, prefix="--gimg-")
    alter = alteration(_option(config, "fault"))
    if config.option.collectonly:  # nothing is sent
        return unserved()
    if hasattr(config, "workerinput") or not _workers(config):
        return served(alter, running)
    return minimal("http://127.0.0.1:1", "gimg_embedded")  # the controller of workers sends nothing itself


def target_of_controller(config: pytest.Config, running: ExitStack, settings: Settings) -> TargetFile:
    """What the controller of workers sends to by itself: they had an embedded server each, and it has none yet."""
    if settings.embedded and _workers(config):
        return served(alteration(_option(config, "fault")), running)
    return settings.target


def _named(target: TargetFile, vendor: str) -> TargetFile:
    """With the vendor that the command line names, if it does."""
    return target.model_copy(update={"vendor": Vendor.model_validate_json(vendor)}) if vendor else target


def _workers(config: pytest.Config) -> bool:
    return bool(getattr(config.option, "numprocesses", None))


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
