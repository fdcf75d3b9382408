"""The command line. Each command loads what it needs when it runs, so that --help is fast."""

import re
import time
from pathlib import Path
from typing import Any

import click

from conformance import __version__
from conformance.cli.certificate_commands import certify, keygen, verify
from conformance.cli.check_command import check
from conformance.cli.comparison_commands import baseline, diff, merge
from conformance.cli.fault_commands import faults
from conformance.cli.help_command import completion, help_
from conformance.cli.init_command import init
from conformance.cli.languages import LANGUAGES
from conformance.cli.network_options import network_options, tunnel_option
from conformance.cli.paths import EITHER, FILE, FOLDER, WORD, once
from conformance.cli.postman_command import postman
from conformance.cli.receiver_command import receiver
from conformance.cli.refusals import refusals
from conformance.cli.requirement_commands import requirements, tests

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_PYTEST = "conformance.pytest_args"
AGAIN = "again"
"""The folder within that of a report in which `--failed` repeats what failed in it; what fails there, in `again-2`."""


class _PassesOn(click.Command):
    """Passes what follows -- to pytest; click would take its first word for the target."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        ctx.meta[_PYTEST] = tuple(args[end + 1 :])
        return super().parse_args(ctx, args[:end])


_PURPOSES = {
    "Before a run": ("init", "check", "plan", "serve", "receiver"),
    "Test": ("run", "certify"),
    "After a run": ("report", "cleanup", "diff", "baseline", "merge"),
    "Certificates": ("keygen", "verify"),
    "What is tested": ("requirements", "tests", "faults", "postman"),
    "Help": ("help", "completion"),
}
"""The commands in the order in which they are met."""


class _Face(click.Group):
    """A closed standard output is no error."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click gives it
        """Grouped by purpose, in columns of one width."""
        width = max(map(len, self.commands))
        for purpose, names in _PURPOSES.items():
            with formatter.section(purpose):
                limit = formatter.width - width - 6
                rows = [(name.ljust(width), self.commands[name].get_short_help_str(limit)) for name in names]
                formatter.write_dl(rows)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        from conformance.cli.streams import make_forgiving  # noqa: PLC0415 - this module imports click alone

        make_forgiving()
        return super().main(*args, **{"obj": time.monotonic()} | kwargs)  # when the process began, for --max-seconds

    def invoke(self, ctx: click.Context) -> Any:
        """An interruption never ends in 1, which means a deviation, however early it comes."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):  # the latter at a question
            click.echo("Interrupted.", err=True)
            ctx.exit(130)


@click.group(cls=_Face, context_settings=CONTEXT)
@click.version_option(__version__, package_name="gimg-conformance", message="%(prog)s %(version)s")
def main() -> None:
    """Does a server keep every promise of the image-generation API's documentation?"""


@main.result_callback()
def _all_was_written(_: object) -> None:
    """Apart from `run`, a command only prints: lost output is a failure."""
    from conformance.cli.streams import lost_output  # noqa: PLC0415 - as above

    if lost := lost_output():
        raise _Lost(f"the output could not be written: {lost}")


class _Lost(click.ClickException):
    exit_code = 3


@main.command(cls=_PassesOn, short_help="Test a target, or the embedded reference server.")
@click.argument("target", required=False, type=EITHER)
@click.option(
    "--base-url", type=WORD, metavar="URL", help="Base URL of the target, instead of a target file. Needs --api-key."
)
@click.option(
    "--api-key", type=WORD, metavar="KEY", help="API key for --base-url, or env:NAME to read it from a variable."
)
@click.option(
    "--profile",
    type=click.Choice(["smoke", "gate", "certify"]),
    help="How much to test. Default: gate for a target, certify for the embedded server.",
)
@click.option(
    "--report-dir",
    type=FOLDER,
    default=Path("reports"),
    show_default=True,
    help="Folder for the reports and the evidence.",
)
@click.option(
    "--report",
    default="json,junit,html",
    show_default=True,
    metavar="FORMAT[,...]",
    help="What to write: json (always), junit, html, ctrf, md, har.",
)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True, help="Language of report.html.")
@click.option(
    "--workers", type=click.IntRange(1, 5), default=1, show_default=True, help="Number of parallel processes."
)
@click.option(
    "--only",
    type=WORD,
    multiple=True,
    metavar="ID|AREA|TEST",
    help="Run only this: a requirement (AUTH-4), an area (AUTH), or a test, function or file as the report names it. "
    "May be repeated.",
)
@click.option(
    "--failed",
    is_flag=False,
    flag_value="",
    type=click.Path(),
    metavar="[REPORT]",
    help="Run what failed or was inconclusive in this report, and write to its sub-folder `again`, unless --report-dir "
    "names another. Default: report.json in the report folder.",
)
@click.option(
    "--seed",
    type=int,
    default=None,
    help="Seed of the random requests: the same seed, the same requests. Default: 0; with --failed, the report's.",
)
@click.option(
    "--max-wait",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="Skip tests that would wait longer than this, in real seconds. 0: no limit.",
)
@click.option(
    "--max-seconds",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="End the whole run after this, in real seconds, with what is known by then. 0: no limit.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the run in the report folder that was interrupted: what is complete is not sent again.",
)
@click.option(
    "--again",
    is_flag=True,
    help="Provoke what failed once more at the end. It stays failed; each finding notes what came of it.",
)
@click.option("--wait", is_flag=True, help="If too little of the quota is left, wait for its reset.")
@click.option(
    "--wait-for-target",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="How long to wait for a target that is still starting.",
)
@network_options
@tunnel_option
@click.option(
    "--keep-secrets",
    is_flag=True,
    help="Keep the webhook secrets of removed endpoints, so that `report --judge` judges signatures again.",
)
@click.option(
    "--known-failures",
    type=FILE,
    metavar="FILE",
    help="Tolerate the failures of this file (TOML): exit status 0 where nothing else is wrong.",
)
@click.option("--strict", is_flag=True, help="SHOULD requirements decide the verdict too, not only MUST.")
@click.option(
    "--extension",
    type=FOLDER,
    metavar="FOLDER",
    help="Run the tests of this folder as well, and judge its requirements.toml apart from the documentation.",
)
@click.option("-v", "--verbose", is_flag=True, help="Print findings at full length, and what was observed.")
@click.pass_context
def run(context: click.Context, /, **options: Any) -> None:
    """Test a server and print a report.

    TARGET is a target file (TOML). Without it, give --base-url and --api-key; without any of them, the embedded
    reference server is tested.

    \b
    Options after -- are passed to pytest, for example:
      gimg-conformance run target.toml -- -x

    \b
    Exit status:
      0    conformant; if you chose tests, no deviation in those
      1    not conformant
      2    wrong usage or configuration; nothing was sent
      3    undecided
      130  interrupted
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.running import RunRequest, execute  # noqa: PLC0415 - loads pytest and rich

    asked = _with_failed(options)
    if asked["failed"] is not None:
        named = context.get_parameter_source("report_dir") is not click.core.ParameterSource.DEFAULT
        asked |= {"report_dir": _beside(asked["failed"], asked["report_dir"] if named else None)}
    with refusals():
        status = execute(RunRequest(**asked, began=context.obj, pytest_args=context.meta[_PYTEST]))
    context.exit(status)


def _with_failed(options: dict[str, Any]) -> dict[str, Any]:
    """`--failed` takes the next word, which may have been meant as the target; alone, it is the report folder's."""
    if (given := options["failed"]) is None:
        return options
    if given.endswith(".toml") and options["target"] is None:
        return options | {"target": Path(given), "failed": options["report_dir"]}
    return options | {"failed": Path(given or options["report_dir"])}


def _beside(failed: Path, named: Path | None) -> Path:
    """Where a run of `--failed` writes: never over the report that it reads. `named`: what --report-dir says."""
    source = failed if failed.is_dir() else failed.parent
    if named and named.resolve() != source.resolve():
        return named
    if again := re.fullmatch(rf"{AGAIN}(?:-(\d+))?", source.name):
        return source.with_name(f"{AGAIN}-{int(again[1] or 1) + 1}")
    return source / AGAIN


@main.command("plan", short_help="Tell what a run would cost, and what it would leave untested.")
@click.argument("target", required=False, type=EITHER)
@click.option(
    "--base-url", type=WORD, metavar="URL", help="Base URL of the target, instead of a target file. Needs --api-key."
)
@click.option(
    "--api-key", type=WORD, metavar="KEY", help="API key for --base-url, or env:NAME to read it from a variable."
)
@click.option(
    "--profile",
    type=click.Choice(["smoke", "gate", "certify"]),
    help="How much to test. Default: gate for a target, certify for the embedded server.",
)
@click.option(
    "--only", type=WORD, multiple=True, metavar="ID|AREA|TEST", help="Only what `run --only` would choose by this."
)
@click.option(
    "--failed",
    is_flag=False,
    flag_value="",
    type=click.Path(),
    metavar="[REPORT]",
    help="What failed or was inconclusive in this report. Default: report.json in the report folder.",
)
@click.option(
    "--report-dir",
    type=FOLDER,
    default=Path("reports"),
    show_default=True,
    help="Folder of the report that --failed reads.",
)
@click.option("--seed", type=int, default=None, help="Seed of the random requests.")
@click.option(
    "--max-wait",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="Without tests that would wait longer than this, in real seconds. 0: no limit.",
)
@click.option(
    "--workers", type=click.IntRange(1, 5), default=1, show_default=True, help="Number of parallel processes."
)
def plan(**options: Any) -> None:
    """Tell what `run` with the same options would take, by account and area, and what it would not test. Sends nothing.

    It has requests, generations, credits and images, how long the run lasts at least, what it waits for, and the lines
    of the target file without which something stays untested. The figures are measured on the reference server.

    \b
    Exit status:
      0    planned
      2    wrong usage or configuration, or beyond [limits] of the target file: `run` would refuse it, too
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.planning import show_plan  # noqa: PLC0415 - loads pytest and the suite
    from conformance.cli.running import RunRequest  # noqa: PLC0415 - as above

    with refusals():
        show_plan(RunRequest(**_with_failed(options)))


@main.command(short_help="Rebuild the reports of an earlier run, or judge it again.")
@click.argument("folder", type=FOLDER)
@click.option(
    "--to",
    "formats",
    default="terminal",
    show_default=True,
    metavar="FORMAT[,...]",
    help="What to make: terminal, json, junit, html, ctrf, md, har.",
)
@click.option("--output", type=FOLDER, help="Where to write them. Default: the same folder.")
@click.option("--lang", type=LANGUAGES, default="en", show_default=True, help="Language of report.html.")
@click.option("--judge", "again", is_flag=True, help="Run this suite's tests again, over what was recorded.")
@click.option("-v", "--verbose", is_flag=True, help="Print findings at full length, and what was observed.")
@click.pass_context
def report(context: click.Context, /, folder: Path, formats: str, output: Path | None, **how: Any) -> None:
    """Rebuild the reports of an earlier run from its report FOLDER alone; nothing is sent.

    A run that was killed is told as far as it came. With --judge the tests come to their verdicts anew, which may be
    others where the suite is newer; what it would send today and the run did not is "not recorded".

    \b
    Exit status: that of the run; 3 in place of 0 when a report could not be written.
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.rebuilding import rebuild  # noqa: PLC0415 - loads pytest and rich

    with refusals():
        status = rebuild(folder, formats, output or folder, **how)
    context.exit(status)


@main.command(short_help="Remove webhooks that earlier runs left at a target.")
@click.argument("target", type=EITHER)
@click.option(
    "--report-dir",
    "folders",
    type=FOLDER,
    multiple=True,
    help="Report folder whose journal tells what was registered; may be given several times. Default: reports.",
)
@network_options
@click.pass_context
def cleanup(context: click.Context, /, target: Path, folders: tuple[Path, ...], **way: Any) -> None:
    """Remove the webhooks that earlier runs registered at a target and left behind, and nothing else.

    TARGET is a target file with the dashboard session (cookie) of the accounts. Ours are those that the journal of a
    report folder names, and those that bear our label in the target's list. Those of a run in progress do, too: wait
    until it has ended.

    \b
    Exit status:
      0    nothing of ours is left, as far as can be seen
      1    something could not be removed, or the dashboard refuses the session
      2    wrong usage or configuration; nothing was sent
      130  interrupted
    """  # noqa: D301 - click looks for the character, not for its escape
    from conformance.cli.cleaning import clean  # noqa: PLC0415 - loads the client and rich

    with refusals():
        status = clean(target, folders, **way)
    context.exit(status)


@main.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port to listen on. 0: any free port.",
)
@click.option(
    "--clock",
    default="real",
    show_default=True,
    metavar="real|stepped|SCALE",
    help="Real time; a test clock that requests move; or a factor, such as 20.",
)
@click.option(
    "--fault",
    type=WORD,
    multiple=True,
    callback=once,
    metavar="NAME",
    help="Serve with this fault of the catalogue (see `faults list`).",
)
@click.option(
    "--storage",
    type=WORD,
    default="",
    metavar="s3://BUCKET",
    help="Keep uploads in this bucket of an S3 server (needs boto3).",
)
@click.option("--print-target", is_flag=True, help="Print the target file of this server and exit.")
def serve(port: int, clock: str, fault: str, storage: str, print_target: bool) -> None:
    """Run the reference server until Ctrl-C."""
    from conformance.cli.serving import serve_reference  # noqa: PLC0415 - loads the server

    with refusals():
        serve_reference(port, clock, fault, storage, print_target=print_target)


for command in (
    init, check, certify, verify, keygen, diff, baseline, merge, requirements, tests, faults, postman, receiver, help_,
    completion,
):  # fmt: skip
    main.add_command(command)
