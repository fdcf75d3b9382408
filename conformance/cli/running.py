"""`gimg-conformance run`: checks the options before any request, runs pytest, prints the report."""

import contextlib
import math
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from conformance.cli.engine import Ended, run_pytest
from conformance.cli.extension_folder import REQUIREMENTS, must_be_an_extension
from conformance.cli.on_github import annotate, quoted, summarised
from conformance.cli.passed_on import check_passed_on
from conformance.cli.report_folder import must_be_writable
from conformance.cli.streams import twin
from conformance.errors import ConfigurationError
from conformance.report import Report
from conformance.report.files import USUAL, formats_of
from conformance.report.hostile import lines
from conformance.report.layout import console_for
from conformance.report.progress import Progress
from conformance.report.terminal import print_report
from conformance.requirements.translation import ENGLISH
from conformance.target import API_KEY_VARIABLE, TargetFile, minimal, read
from conformance.target.config import Webhooks, tunnelled
from conformance.target.network import network, safe_words
from conformance.verdict import INTERRUPTED, RunVerdict

UNDECIDED = 3


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The options and arguments of `run`; None and "" mean that an option was not given."""

    target: Path | None = None
    base_url: str | None = None
    api_key: str | None = None
    profile: str | None = None
    report_dir: Path = Path("reports")
    report: str = USUAL
    lang: str = ENGLISH
    workers: int = 1
    only: tuple[str, ...] = ()
    failed: Path | None = None
    """A report.json, or a folder that holds one."""
    seed: int | None = None
    max_wait: float = 0
    max_seconds: float = 0
    resume: bool = False
    """Go on with the run in the report folder."""
    again: bool = False
    """Provoke what failed once more at the end."""
    wait: bool = False
    wait_for_target: float = 0
    strict: bool = False
    keep_secrets: bool = False
    verbose: bool = False
    known_failures: Path | None = None
    vendor: str = ""
    """A JSON object, in place of [vendor] of the target file."""
    timeout: float | None = None
    ca: Path | None = None
    proxy: str = ""
    headers: tuple[str, ...] = ()
    """Lines such as "Name: value"."""
    began: float | None = None
    """When this process did, by `time.monotonic`: `max_seconds` count from then. None: from when pytest begins."""
    tunnel_command: str = ""
    extension: Path | None = None
    """A folder of tests, with their requirements.toml."""
    pytest_args: tuple[str, ...] = ()


def execute(order: RunRequest) -> int:
    """Run, print the report and return the exit status. Raises ConfigurationError before any request."""
    check(order)
    with _progress() as progress:
        try:
            ended = run_pytest(arguments(order), environment(order), [progress])
        except KeyboardInterrupt:
            ended = Ended(int(pytest.ExitCode.INTERRUPTED), None, "", broken=False, interrupted=True)
        finally:
            progress.stop()
    return _conclude(ended, order)


def without_words(order: RunRequest) -> Ended:
    """Run, and print nothing. Raises ConfigurationError before any request."""
    check(order)
    ended = run_pytest(arguments(order), environment(order), [])
    _must_not_be_refused(ended)
    return ended


def check(order: RunRequest) -> None:
    """Raises ConfigurationError for options that cannot work, naming the place and the remedy."""
    refuse_two_targets(order.target, order.base_url, order.api_key)
    for name in ("max_wait", "max_seconds", "wait_for_target"):
        if not math.isfinite(seconds := getattr(order, name)):
            raise ConfigurationError(
                f"--{name.replace('_', '-')} {seconds} must be a number, 0 or more", "give seconds, such as 60"
            )
    if order.only and order.failed:
        raise ConfigurationError("--only and --failed both choose tests", "give one of them")
    if order.failed:
        from conformance.session.failed import failed_in  # noqa: PLC0415 - loads the suite

        failed_in(order.failed)
    if order.extension:
        must_be_an_extension(order.extension)
    network(order.timeout, str(order.ca or ""), order.proxy, order.headers)
    formats_of(order.report, "--report")
    check_passed_on(order.pytest_args)
    named = bool(order.target or order.base_url)
    webhooks = one_target(order.target, order.base_url, order.api_key).webhooks if named else Webhooks()
    if order.tunnel_command:
        tunnelled(webhooks, order.tunnel_command)
    must_be_writable(order.report_dir)


def refuse_two_targets(target: Path | None, base_url: str | None, api_key: str | None) -> None:
    """Raises ConfigurationError where a target is named twice, or not wholly."""
    if target and base_url:
        raise ConfigurationError(
            f"both {target} and --base-url name a target", "give the file, or --base-url with --api-key"
        )
    if base_url and not api_key:
        raise ConfigurationError("--base-url needs --api-key", "add --api-key env:NAME, or use a target file")
    if api_key and not base_url:
        raise ConfigurationError("--api-key needs --base-url", "add --base-url, or put the key into the target file")
    if target and str(target).startswith(("http:", "https:")):
        raise ConfigurationError("TARGET is a URL, not a target file", "write --base-url URL --api-key env:NAME")


def one_target(target: Path | None, base_url: str | None, api_key: str | None) -> TargetFile:
    """The target that a file, or a URL and a key, name. Raises ConfigurationError."""
    refuse_two_targets(target, base_url, api_key)
    if target:
        return read(target)
    if base_url and api_key:
        return minimal(base_url, api_key)
    raise ConfigurationError("no target is named", "give a target file, or --base-url with --api-key")


def arguments(order: RunRequest) -> list[str]:
    """The options for pytest."""
    proxy, headers, _ = safe_words(order.proxy, order.headers)
    plain = {
        "target": order.target and order.target.absolute(),
        "base-url": order.base_url,
        "profile": order.profile,
        "report-dir": order.report_dir.absolute(),
        "report": order.report,
        "lang": order.lang,
        "failed": order.failed and order.failed.absolute(),
        "seed": order.seed,
        "max-wait": order.max_wait,
        "max-seconds": order.max_seconds,
        "began": order.began,
        "wait-for-target": order.wait_for_target,
        "vendor": order.vendor or None,
        "timeout": order.timeout,
        "ca": order.ca and order.ca.absolute(),
        "proxy": proxy or None,
        "tunnel-command": order.tunnel_command or None,
        "known-failures": order.known_failures and order.known_failures.absolute(),
    }
    ours = [f"--gimg-{name}={value}" for name, value in plain.items() if value is not None]
    switches = ("again", "keep-secrets", "resume", "strict", "wait")
    ours += [f"--gimg-{name}" for name in switches if getattr(order, name.replace("-", "_"))]
    ours += [f"--gimg-only={word}" for word in order.only]
    ours += [f"--gimg-header={line}" for line in headers]
    if order.workers > 1:
        ours += ["-p", "xdist", "-n", str(order.workers)]
    if order.extension:
        ours += [f"--gimg-requirements={order.extension.absolute() / REQUIREMENTS}", str(order.extension.absolute())]
    return [*ours, *order.pytest_args]


def environment(order: RunRequest) -> dict[str, str]:
    """What may be secret is passed in the environment, so that a list of processes does not show it."""
    _, _, hidden = safe_words(order.proxy, order.headers)
    return hidden | ({API_KEY_VARIABLE: order.api_key} if order.api_key else {})


def _must_not_be_refused(ended: Ended) -> None:
    if ended.refusal:
        raise ended.refusal
    if ended.said.startswith("ImportError while loading conftest"):  # pytest's words, with the file, line and error
        raise ConfigurationError(ended.said, "mend this file of your extension; nothing was sent")
    if ended.status == pytest.ExitCode.USAGE_ERROR:
        raise ConfigurationError(ended.said or "pytest refused its arguments", "what follows -- is passed to pytest")


def _conclude(ended: Ended, order: RunRequest) -> int:
    _must_not_be_refused(ended)
    if ended.report is None:
        return _without_report(ended, console_for(sys.stderr))
    files, console = [order.report_dir / path.name for path in ended.files], console_for(sys.stdout)
    with quoted(console, os.environ, secrets.token_hex()):
        written = [*files, *_summary_of(ended.report)]
        print_report(
            ended.report, console, written, folder=order.report_dir, failed=order.failed, resume=_going_on(order),
            verbose=order.verbose,
        )  # fmt: skip
    annotate(ended.report, console, os.environ)
    if ended.broken and not ended.interrupted:
        _say_broken(ended, console_for(sys.stderr))
        return ended.report.exit_status if ended.report.verdict is RunVerdict.NONCONFORMANT else UNDECIDED
    return ended.report.exit_status


def _going_on(order: RunRequest) -> str:
    """The command that goes on with a run that was interrupted or stopped; empty for any other."""
    from conformance.session.resuming import going_on  # noqa: PLC0415 - loads the suite

    further = ("--extension", str(order.extension)) if order.extension else ()
    try:
        return going_on(order.report_dir, further)
    except ConfigurationError:  # the disk was full, say: the report tells
        return ""


def _summary_of(report: Report) -> list[Path]:
    """The summary of a job of GitHub; one that cannot be written changes no verdict."""
    try:
        return summarised(report, os.environ)
    except OSError as error:
        console_for(sys.stderr).print(Text(f"warning: {error.filename}: {error.strerror}"))
        return []


def _without_report(ended: Ended, console: Console) -> int:
    if ended.interrupted:
        console.print(Text("Interrupted.", style="yellow"))
        return INTERRUPTED
    _say_broken(ended, console)
    return UNDECIDED


def _say_broken(ended: Ended, console: Console) -> None:
    last = "\n".join(lines("\n".join(ended.said.strip().splitlines()[-6:])))
    console.print(Text.assemble(("Fault of the suite, not of the target. Please report it:\n", "magenta"), last))


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    """Progress on its own stream, since pytest captures that of the process."""
    with twin(sys.stderr) as stream:
        console = console_for(stream)
        # Colours may be forced where nobody watches, and a dumb terminal cannot draw anew.
        progress = Progress(console, live=stream.isatty() and not console.is_dumb_terminal)
        progress.start()
        yield progress
