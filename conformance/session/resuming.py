"""A run that goes on in the report folder of one that was interrupted: on the same terms, with what is complete."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from conformance import __version__
from conformance.client.past import Past, past
from conformance.contract import load as load_contract
from conformance.counted import counted
from conformance.errors import ConfigurationError
from conformance.plan.settings import EVIDENCE, RUN_LOG, Settings, process_name
from conformance.requirements import load
from conformance.session.options import chosen_words
from conformance.session.repeating import as_given
from conformance.session.run_log import REMEDY, RunLog, read_log
from conformance.verdict import Selection

NAMED = 8
"""Scenarios that are named in a sentence; it tells how many there are."""
NOT_AGAIN = "ledger"
"""The scenario that is not provoked again: an account of known balance is used up by it."""
AS_IT_BEGAN = ("called", "called_behind", "variables")
"""What of the settings says how reports tell to repeat a check."""


@dataclass(frozen=True)
class Earlier:
    """What the parts of a run before this one came to."""

    folder: Path
    log: RunLog
    past: Past

    @property
    def part(self) -> int:
        """Which part of the run goes on now."""
        return self.log.part + 1

    @cached_property
    def seconds(self) -> float:
        """That the parts before took."""
        return self.log.facts_with({}, list(self.past.sent.values())).wall_seconds

    def settings(self, settings: Settings) -> Settings:
        """Those of the part that goes on."""
        told = {name: self.log.settings[name] for name in AS_IT_BEGAN}
        return replace(settings, part=self.part, process=process_name("main", self.part), **told)

    def refuse_others(self, settings: Settings, selection: Selection | None, arguments: Sequence[str]) -> None:
        """Raises ConfigurationError where this run is not on the terms of the one that was interrupted."""
        if settings.embedded or self.log.settings["embedded"]:
            raise ConfigurationError(
                "--resume: the embedded server ended with the run that was interrupted", "run again without --resume"
            )
        if self.log.ended:
            raise ConfigurationError(
                f"--resume: the run in {as_given(self.folder)} came to its end, and nothing is left to do",
                f"run again without --resume; `{self.failed}` runs what failed or was inconclusive",
            )
        for what, (before, now) in self._terms(settings, selection, arguments).items():
            if before != now:
                raise ConfigurationError(
                    f"--resume: {as_given(self.folder)} has a run with another {what}: {before}, not {now}",
                    f"go on as it began, `{self.command}`, or begin anew without --resume",
                )

    @property
    def command(self) -> str:
        """What resumes the run, up to options that have no say in what is sent."""
        return command_of(self.log, self.folder)

    @property
    def failed(self) -> str:
        """What runs again what failed or was inconclusive."""
        return shlex.join((*self.log.settings["called"], "--failed", as_given(self.folder)))

    def _terms(
        self, settings: Settings, selection: Selection | None, arguments: Sequence[str]
    ) -> dict[str, tuple[object, object]]:
        facts, kept = self.log.facts, self.log.settings
        before = _without_receiver(self.log.target.to_evidence())
        now = _without_receiver(settings.target.to_evidence())
        differs = next((name for name in before if before[name] != now[name]), "")
        words = [" ".join(each.words) if each else "everything" for each in (facts.selection, selection)]
        return {
            "version of the suite": (facts.suite_version, __version__),
            "contract": (facts.contract_sha256[:12], load_contract().sha256[:12]),
            "registry": (facts.requirements_sha256[:12], load().sha256[:12]),
            "target": (facts.base_url, settings.target.target.base_url),
            f"[{differs}] of the target file": (before.get(differs), now.get(differs)),
            "profile": (kept["profile"], settings.profile),
            "seed": (kept["seed"], settings.seed),
            "--max-wait": (kept["max_wait"], settings.max_wait),
            "selection": (words[0], words[1]),
            "list of tests": (" ".join(self.log.chosen[1]), " ".join(arguments)),
        }

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """What of the part before is of no use, and provoked anew."""
        own = [one for one in self.past.sent.values() if one.part == self.log.part]
        unused = [
            one for one in self.past.unused(self.log.outcomes)
            if one.part == self.log.part and one.scenario != NOT_AGAIN
        ]  # fmt: skip
        twice, names = sum(bool(one.account) for one in unused), list(dict.fromkeys(one.scenario for one in unused))
        waits = [name for name in names if name in self.past.values.waits]
        sent = sum(bool(one.account) for one in own)
        told = (
            f"the run was interrupted after {counted(sent, 'request')}, and resumed: "
            f"{twice} of them {'was' if twice == 1 else 'were'} sent twice{_named(names)}"
        )
        if not sent:
            told = "the run was interrupted before it sent anything with an account's key, and resumed"
        lost = f"waits that were under way were lost with the process, and begun anew: {', '.join(waits)}"
        return (told, lost) if waits else (told,)


def command_of(log: RunLog, folder: Path, further: Sequence[str] = ()) -> str:
    """What resumes the run of a report folder. `further`: options of it that its log does not have."""
    return shlex.join((*log.settings["called"], *further, "--report-dir", as_given(folder), "--resume"))


def going_on(folder: Path, further: Sequence[str] = ()) -> str:
    """The same where there is something to resume, else empty. Raises ConfigurationError as `read_log`."""
    log = read_log(folder / EVIDENCE)
    unknown = log.facts.extension and not further  # where its folder is
    return "" if log.ended or log.settings["embedded"] or unknown else command_of(log, folder, further)


def earlier(config: pytest.Config) -> Earlier | None:
    """What is resumed; None without --gimg-resume. Raises ConfigurationError where there is nothing to resume."""
    if not config.getoption("--gimg-resume"):
        return None
    folder = Path(str(config.getoption("--gimg-report-dir"))).absolute()
    evidence = folder / EVIDENCE
    if not (evidence / RUN_LOG).exists():
        raise ConfigurationError(
            f"--resume: {as_given(folder)} holds no run", "run without --resume, or name its folder with --report-dir"
        )
    log = read_log(evidence)
    try:
        return Earlier(folder, log, past(evidence))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"--resume: {evidence} cannot be read: {error}", REMEDY) from None


def go_on_as_it_began(config: pytest.Config, log: RunLog) -> None:
    """What the command line does not say is as it was."""
    option, kept = config.option, log.settings
    option.gimg_profile = option.gimg_profile or kept["profile"]
    option.gimg_seed = option.gimg_seed or str(kept["seed"])
    option.gimg_max_wait = option.gimg_max_wait if float(option.gimg_max_wait or 0) else str(kept["max_wait"])
    option.gimg_strict = option.gimg_strict or log.strict
    if not chosen_words(config):
        option.gimg_only = list(log.chosen[0])


def arguments_of(config: pytest.Config) -> list[str]:
    """Which files pytest was told to collect, by their names."""
    return [argument.replace("\\", "/").rpartition("/")[2] for argument in config.args]


def _without_receiver(target: Mapping[str, Any]) -> dict[str, Any]:
    """The target file but for where the receiver listens, which may have changed."""
    return {name: value for name, value in target.items() if name != "webhooks"}


def _named(names: Sequence[str]) -> str:
    """The scenarios and tests in words."""
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f", for what was not complete: {', '.join(names[:NAMED])}{more}"
