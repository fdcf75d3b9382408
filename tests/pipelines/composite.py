"""Runs the steps of a composite action as a runner of GitHub's would, as far as ours needs it.

Expressions are `inputs.NAME` and `steps.ID.outputs.NAME`; conditions are `always()` and comparisons with a text, joined
by `&&`. Steps that use other actions are not run, but told with what they would be given.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
COMPARISON = re.compile(r"(\S+) (==|!=) '(.*)'")
OF_OTHERS = ("PYTEST", "GIMG", "COV", "GITHUB", "RUNNER")
"""Beginnings of variables that belong to whoever runs the tests."""


@dataclass(frozen=True)
class Job:
    """Where the steps run: the workspace, the runner's temporary folder, and the variables of the job."""

    workspace: Path
    temp: Path
    env: Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """What came of a step. `summary` is its Markdown; the exit status of one that uses another action is 0."""

    status: int
    log: str = ""
    summary: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    """`with` of a step that uses another action."""


@dataclass(frozen=True)
class Done:
    """What came of the action."""

    steps: Mapping[str, Step]
    """By their names; a step that its condition left out is not there."""
    outputs: Mapping[str, str]

    @property
    def failed(self) -> bool:
        return any(step.status for step in self.steps.values())


@dataclass
class Context:
    """What expressions may name."""

    inputs: Mapping[str, str]
    outputs: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Of each step that has an id."""

    def value(self, expression: str) -> str:
        """KeyError: an input that there is not. ValueError: an expression of another kind."""
        match expression.split("."):
            case ["inputs", name]:
                return self.inputs[name]
            case ["steps", step, "outputs", name]:
                return self.outputs.get(step, {}).get(name, "")
        raise ValueError(f"an expression of another kind: {expression}")

    def filled(self, texts: Mapping[str, str]) -> dict[str, str]:
        return {name: EXPRESSION.sub(lambda found: self.value(found[1]), str(text)) for name, text in texts.items()}

    def is_due(self, condition: str, *, failed: bool) -> bool:
        """Whether a step runs: without `always()`, only as long as none failed."""
        parts = [part.strip() for part in condition.split("&&") if part]
        return (not failed or "always()" in parts) and all(self._holds(part) for part in parts if part != "always()")

    def _holds(self, comparison: str) -> bool:
        found = COMPARISON.fullmatch(comparison)
        if found is None:
            raise ValueError(f"a condition of another kind: {comparison}")
        return (self.value(found[1]) == found[3]) == (found[2] == "==")


class Begun:
    """A step that runs, in a process of its own whose first command is what `run` says."""

    def __init__(self, script: str, job: Job, env: Mapping[str, str]) -> None:
        place = job.temp / "steps" / str(len(list(job.temp.glob("steps/*"))))
        place.mkdir(parents=True)
        (place / "run.sh").write_text(script, encoding="utf-8")
        self._files = {name: place / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in self._files.values():
            file.touch()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OF_OTHERS)}
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(place / "run.sh")],  # noqa: S607 - as there
            cwd=job.workspace,
            env=inherited | {name: str(file) for name, file in self._files.items()} | dict(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self) -> Step:
        log, _ = self.process.communicate(timeout=300)
        output, summary = (file.read_text(encoding="utf-8") for file in self._files.values())
        pairs = (line.partition("=") for line in output.splitlines())
        return Step(self.process.returncode, log, summary, {name: value for name, _, value in pairs})


class Composite:
    """An action, read from the folder of its action.yml."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.read: dict[str, Any] = yaml.safe_load((folder / "action.yml").read_text(encoding="utf-8"))

    def context(self, given: Mapping[str, str]) -> Context:
        """ValueError: an input that the action does not have."""
        if unknown := given.keys() - self.read["inputs"]:
            raise ValueError(f"unknown inputs: {sorted(unknown)}")
        return Context({name: told.get("default", "") for name, told in self.read["inputs"].items()} | dict(given))

    def perform(self, job: Job, given: Mapping[str, str]) -> Done:
        """Run its steps."""
        context = self.context(given)
        done: dict[str, Step] = {}
        for step in self.read["runs"]["steps"]:
            if not context.is_due(step.get("if", ""), failed=any(ended.status for ended in done.values())):
                continue
            ended = (
                Step(0, given=context.filled(step["with"])) if "uses" in step else self.begin(step, job, context).end()
            )
            done[step["name"]] = ended
            context.outputs[step.get("id", "")] = ended.outputs
        told = {name: output["value"] for name, output in self.read["outputs"].items()}
        return Done(done, context.filled(told))

    def begin(self, step: Mapping[str, Any], job: Job, context: Context) -> Begun:
        runner = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.folder),
            "GITHUB_WORKSPACE": str(job.workspace),
            "RUNNER_TEMP": str(job.temp),
        }
        return Begun(step["run"], job, {**job.env, **runner, **context.filled(step.get("env", {}))})
