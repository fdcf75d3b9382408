import ast
import importlib
import re
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from conformance.cli import main
from conformance.cli.engine import _essence
from conformance.cli.paths import WORD

HEAVY = {"pytest", "httpx", "rich", "starlette", "uvicorn", "pydantic", "PIL", "anyio"}
KEY = "gimg_" + "0" * 32
TARGET = f'[target]\nbase_url = "https://staging.example.com"\n[accounts.primary]\nkey = "{KEY}"\n'


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A runner for what must not get as far as pytest."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("pytest was started")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("conformance.cli.running.run_pytest", never)
    return CliRunner()


def message(result: Result) -> str:
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["absent.toml"], ["absent.toml", "there is no such file", "init --output absent.toml"]),
        (["--base-url", "https://h"], ["--base-url needs --api-key", "env:NAME"]),
        (["--api-key", KEY], ["--api-key needs --base-url"]),
        (["t.toml", "--base-url", "https://h", "--api-key", KEY], ["both t.toml and --base-url name a target"]),
        (["--base-url", "https://h/api", "--api-key", KEY], ["--base-url: ", "so write https://h"]),
        (["--base-url", "staging", "--api-key", KEY], ["'staging' is not a base URL"]),
        (["--base-url", "https://h", "--api-key", "env:NOT_SET_HERE"], ["'NOT_SET_HERE' is not set", "export"]),
        (["--base-url", "https://h", "--api-key", f"Bearer {KEY}"], ["begins with Bearer", "Write the key alone"]),
        (["bearer.toml"], ["bearer.toml:4: accounts.primary.key: begins with Bearer", "the suite adds Bearer"]),
        (["--report-dir", "file/x"], ["--report-dir file/x", "Name a folder that can be written"]),
        (["--report-dir", "/proc"], ["--report-dir /proc", "Name a folder that can be written"]),
        (["--report-dir", ""], ["'--report-dir': is empty; name a folder"]),
        (["--profile", "everything"], ["'everything' is not one of 'smoke', 'gate', 'certify'"]),
        (["--workers", "6"], ["6 is not in the range"]),
        (
            ["--report", "junit,pdf"],
            ["unknown format 'pdf' in --report", "from json, junit, html, ctrf, md, har"],
        ),
        (["--report", ""], ["unknown format '' in --report", "from json, junit, html, ctrf, md, har"]),
        (["--max-wait", "nan"], ["--max-wait nan must be a number, 0 or more"]),
        (["--wait-for-target", "inf"], ["--wait-for-target inf must be a number, 0 or more"]),
        (["--wait-for-target", "-1"], ["-1.0 is not in the range"]),
        (["--tunnel-command", "tunnel 8080"], ["--tunnel-command: has no {port}", "Write {port} where"]),
        (["t.toml", "--tunnel-command", "env:NOT_SET_HERE"], ["'NOT_SET_HERE' is not set", "export"]),
        (["--wokers", "2"], ["No such option", "--workers"]),
        (["--only", "AUTH-1", "--failed"], ["--only and --failed both choose tests"]),
        (["--", "--lf"], ["--lf does not work here", "`--failed`"]),
        (["--", "conformance.suite.test_api"], ["does not choose tests", "--only 'conformance.suite.test_api'"]),
        (["unknown.toml"], ["unknown.toml:3: target.colour: unknown key", "name, base_url"]),
    ],
)
def test_bad_input_is_refused_with_its_place_and_the_remedy(
    arguments: list[str], words: list[str], refused: CliRunner
) -> None:
    Path("t.toml").write_text(TARGET)
    Path("file").write_text("")
    Path("bearer.toml").write_text(TARGET.replace("gimg_", "bearer gimg_"))
    Path("unknown.toml").write_text(TARGET.replace("[accounts", 'colour = "red"\n[accounts'))

    told = message(refused.invoke(main, ["run", *arguments]))

    assert [word for word in words if word not in told] == []
    assert KEY not in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["certify", "--report-dir", ""], "'--report-dir': is empty; name a folder"),
        (["certify", "--output", ""], "'--output': is empty; name a file"),
        (["certify", "--key", ""], "'--key': is empty; name a file"),
        (["certify", ""], "'[TARGET]': is empty; name a file"),
        (["verify", ""], "'BUNDLE': is empty; name a file"),
        (["verify", "bundle.zip", "--key", ""], "'--key': is empty; name a file"),
        (["verify", "bundle.zip", "--sign", ""], "'--sign': is empty; name a file"),
        (["keygen", ""], "'FILE': is empty; name a file"),
        (["diff", "", "new"], "'OLD': is empty; name a file"),
        (["baseline", ""], "'REPORT': is empty; name a file"),
        (["merge", "reports", ""], "'REPORTS...': is empty; name a file"),
        (["merge", "reports", "--output", ""], "'--output': is empty; name a folder"),
        (["run", "--known-failures", ""], "'--known-failures': is empty; name a file"),
        (["run", ""], "'[TARGET]': is empty; name a file"),
        (["run", "--base-url", "", "--api-key", ""], "'--base-url': is empty; leave it out"),
        (["run", "--only", ""], "'--only': is empty; leave it out"),
        (["run", "--header", ""], "'--header': is empty; leave it out"),
        (["run", "--tunnel-command", ""], "'--tunnel-command': is empty; leave it out, or look whether a variable is"),
        (["check", "--tunnel-command", ""], "'--tunnel-command': is empty; leave it out"),
        (["certify", "--tunnel-command", ""], "'--tunnel-command': is empty; leave it out"),
        (["serve", "--fault", ""], "'--fault': is empty; leave it out"),
        (["serve", "--fault", "a", "--fault", "b"], "'--fault': was given more than once; give one of them"),
        (["requirements", ""], "'[ID|AREA|RULING]': is empty; leave it out"),
        (["faults", "list", ""], "'[NAME|SECTION]...': is empty; leave it out"),
        (["help", ""], "'[TOPIC|COMMAND]': is empty; leave it out"),
    ],
)
def test_an_empty_word_is_no_path(refused: CliRunner, arguments: list[str], told: str) -> None:
    """A variable that is not set would be the working directory, or leave a bundle unsigned."""
    assert told in message(refused.invoke(main, arguments))


def test_every_text_of_the_command_line_is_refused_when_empty() -> None:
    """But for those that are refused with what they may be."""
    told_apart = {"--report", "--to", "--clock"}
    commands: list[click.Command] = [main]
    for command in commands:
        commands += command.commands.values() if isinstance(command, click.Group) else ()
        texts = [one for one in command.params if isinstance(one.type, click.types.StringParamType)]
        assert [one.opts for one in texts if one.type is not WORD and one.opts[0] not in told_apart] == []


def test_each_command_has_one_purpose_and_the_help_keeps_to_it() -> None:
    told = CliRunner().invoke(main, ["-h"]).stdout
    listed = [line.split()[0] for line in told.splitlines() if re.match("  [a-z]", line)]

    assert sorted(listed) == sorted(main.commands)
    assert told.index("Before a run:") < told.index("  check ") < told.index("Test:") < told.index("  run ")


def test_help_names_every_format_and_what_is_usual() -> None:
    from conformance.report.files import FORMATS, USUAL, formats_of  # noqa: PLC0415 - this module loads nothing

    said = {name: CliRunner().invoke(main, [name, "--help"]).stdout for name in ("run", "report")}

    assert f"[default: {USUAL}]" in said["run"]
    assert set(formats_of(USUAL, "")) <= {*FORMATS}
    for name in FORMATS:
        assert re.search(rf"\b{name}\b", said["run"]), name
        assert re.search(rf"\b{name}\b", said["report"]), name


def test_every_option_reaches_the_plugin(tmp_path: Path) -> None:
    from conformance.cli.running import RunRequest, arguments, environment  # noqa: PLC0415 - this module loads nothing

    order = RunRequest(
        base_url="http://h", api_key="gimg_x", profile="smoke", report_dir=tmp_path, workers=2, seed=-7, max_wait=1.5,
        max_seconds=60, again=True, wait=True, wait_for_target=3, strict=True, report="junit", lang="zh-TW",
        only=("AUTH-4", "a::b[c]"), pytest_args=("-x",),
    )  # fmt: skip

    assert arguments(order) == [
        "--gimg-base-url=http://h", "--gimg-profile=smoke", f"--gimg-report-dir={tmp_path}",
        "--gimg-report=junit", "--gimg-lang=zh-TW", "--gimg-seed=-7",
        "--gimg-max-wait=1.5", "--gimg-max-seconds=60", "--gimg-wait-for-target=3", "--gimg-again",
        "--gimg-strict", "--gimg-wait",
        "--gimg-only=AUTH-4", "--gimg-only=a::b[c]", "-p", "xdist", "-n", "2",
        "-x",
    ]  # fmt: skip
    assert environment(order) == {"GIMG_API_KEY": "gimg_x"}


@pytest.mark.parametrize(
    ("id_", "near"),
    [
        ("AUTH-111", "AUTH-11"),
        ("auht-3", "AUTH-3"),
        ("HOK", "Did you mean HOOK?"),
        ("AUHT", "Did you mean AUTH?"),
        ("NOPE-1", "OUT-, HOOK-"),
    ],
)
def test_an_unknown_requirement_is_refused_with_what_is_near(id_: str, near: str) -> None:
    told = message(CliRunner().invoke(main, ["requirements", id_]))

    assert f"no requirement has the id {id_.upper()}. " in told
    assert near in told
    assert "`gimg-conformance requirements` lists all " in told


def test_a_requirement_is_found_in_any_case() -> None:
    result = CliRunner().invoke(main, ["requirements", "auth-1"])

    assert result.exit_code == 0
    assert "suite/test_authentication.py::test_no_credential_is_refused" in " ".join(result.stdout.split())


def test_all_requirements_are_listed() -> None:
    result = CliRunner().invoke(main, ["requirements"])

    assert result.exit_code == 0
    assert "RETRY-1" in result.stdout


def test_an_area_is_listed_by_itself() -> None:
    result = CliRunner().invoke(main, ["requirements", "api"])

    assert result.exit_code == 0
    assert "API-6" in result.stdout
    assert "RETRY-1" not in result.stdout
    assert "6 requirements: 3 MUST, 2 SHOULD, 1 OPEN" in result.stdout


def test_requirements_are_told_in_chinese() -> None:
    area = CliRunner().invoke(main, ["requirements", "AUTH", "--lang", "zh-TW"])
    one = CliRunner().invoke(main, ["requirements", "AUTH-2", "--lang", "zh-TW"])

    assert (area.exit_code, one.exit_code) == (0, 0)
    assert "驗證  16" in area.stdout
    assert "Authorization 標頭為空時" in area.stdout
    assert "Authorization 標頭為空時" in one.stdout
    assert "三個操作皆然" in one.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--clock", "slow"], "unknown --clock 'slow'"),
        (["--clock", "0"], "unknown --clock '0'"),
        (["--port", "0", "--print-target"], "--print-target needs a fixed port"),
    ],
)
def test_a_server_that_cannot_be_is_refused(arguments: list[str], words: str) -> None:
    assert words in message(CliRunner().invoke(main, ["serve", *arguments]))


def test_a_target_file_of_the_reference_is_a_target_file(tmp_path: Path) -> None:
    from conformance.target import read  # noqa: PLC0415 - this module may not load pydantic

    result = CliRunner().invoke(main, ["serve", "--print-target", "--port", "4711", "--clock", "stepped"])
    path = tmp_path / "target.toml"
    path.write_text(result.stdout)

    assert read(path).target.base_url == "http://127.0.0.1:4711"
    assert read(path).clock.control


LIGHT = {
    f"conformance.cli.{name}"
    for name in (
        "refusals",
        "paths",
        "certificate_commands",
        "comparison_commands",
        "network_options",
        "check_command",
        "init_command",
        "help_command",
        "documents",
        "fault_commands",
        "languages",
        "requirement_commands",
        "postman_command",
        "receiver_command",
    )
} | {"conformance.program"}
"""Modules of ours that the command line needs to know its commands."""


@pytest.mark.parametrize("name", ["conformance.cli", *sorted(LIGHT)])
def test_help_loads_nothing_heavy(name: str) -> None:
    """Speed is for the benchmark; what decides it is what the module imports at its top."""
    tree = ast.parse(Path(str(importlib.import_module(name).__file__)).read_text(encoding="utf-8"))
    names = {
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }

    assert {name.partition(".")[0] for name in names} <= {"click", "conformance", *sys.stdlib_module_names}
    assert {name for name in names if name.startswith("conformance.")} <= LIGHT
    assert {name for name in names if name in HEAVY} == set()


@pytest.mark.parametrize(
    ("output", "essence"),
    [
        (
            "ERROR: usage: x [options]\nx: error: unrecognized arguments: -y\n  rootdir: /\n",
            "unrecognized arguments: -y",
        ),
        ("ERROR: one thing\n\nERROR: and another\n", "one thing\nand another"),
        ("something else\n", "something else"),
    ],
)
def test_what_pytest_says_is_cut_to_its_sentence(output: str, essence: str) -> None:
    assert _essence(output) == essence


def test_both_commands_know_the_languages_of_the_page() -> None:
    from conformance.requirements.translation import LANGUAGES  # noqa: PLC0415 - this module loads nothing

    for command in ("run", "report"):
        (option,) = [one for one in main.commands[command].params if one.name == "lang"]
        assert tuple(option.type.choices) == LANGUAGES  # type: ignore[attr-defined]
