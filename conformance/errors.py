"""What is not the target's fault. Its deviations are `evidence.nonconformity`; the two trees never meet."""

from dataclasses import dataclass

TIME_LIMIT = "--max-seconds"
"""The option that gives the whole run its end: so begins the root of what was not tested for it."""


@dataclass(eq=False)
class SuiteError(Exception):
    """Not the target's deviation. `code` is stable, `message` says what happened, `hint` the remedy."""

    message: str
    hint: str = ""
    code: str = "suite"

    def __str__(self) -> str:
        return f"{self.message}. {sentence(self.hint)}" if self.hint else self.message


def sentence(text: str) -> str:
    """The text with a capital at its beginning, unless it begins with a name, an address or code."""
    first = text.partition(" ")[0].rstrip(",:;")
    return text[:1].upper() + text[1:] if first.isascii() and first.isalpha() and first.islower() else text


class ConfigurationError(SuiteError):
    """The user's file or option is wrong; found before the first request (exit status 2)."""


class NotTested(SuiteError):  # noqa: N818 - an outcome
    """The run lacks what this test needs; the hint is the line of the target file that would enable it."""


class NotApplicable(SuiteError):  # noqa: N818 - an outcome
    """The target withholds the occasion, as it may (R43): the run looked for it as often as its profile allows.

    Only a row of the registry that names its `occasion` may be so; any other is then not tested.
    """


class Inconclusive(SuiteError):  # noqa: N818 - an outcome
    """The environment, or a prerequisite that failed, kept the test from a verdict.

    `root` is the requirement whose failure is the cause, where there is one: dependents are listed under it.
    """

    def __init__(self, message: str, hint: str = "", code: str = "inconclusive", *, root: str = "") -> None:
        super().__init__(message, hint, code)
        self.root = root


class TimeIsOver(Inconclusive):
    """The time that the whole run was given is over: what this needs was not sent, or not awaited."""


class Unreachable(Inconclusive):
    """No answer came: connection refused, reset, timed out, or not HTTP."""


class Throttled(Inconclusive):
    """The target answered 429 although the test had not asked for it."""
