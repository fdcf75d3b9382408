"""From what a test raised to its outcome: the target's deviation, the environment's failure, and a fault of ours."""

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.client.lost import LostError
from conformance.errors import TIME_LIMIT, ConfigurationError, Inconclusive, NotApplicable, NotTested, SuiteError
from conformance.evidence.nonconformity import Nonconformity
from conformance.plan.settings import SETTINGS
from conformance.session.collection import named, requirements_of
from conformance.session.extending import is_extensions_test
from conformance.session.repeating import curl_of
from conformance.session.symptoms import symptom_of
from conformance.verdict import Outcome, Verdict

PROBLEM = "gimg_problem"
"""Under which a sentence rides on a test report that says why nothing of the run could be judged."""
OUR_FAULT = "this is a fault of the suite"
THEIR_FAULT = "this is a fault of the test"
BLAME: tuple[tuple[type[BaseException], Verdict], ...] = (
    (Nonconformity, Verdict.FAIL),
    (NotTested, Verdict.NOT_TESTED),
    (NotApplicable, Verdict.NOT_APPLICABLE),
    (Inconclusive, Verdict.INCONCLUSIVE),
    # Found only now, since it depends on this machine: a port that is taken, a certificate that does not open.
    (ConfigurationError, Verdict.INCONCLUSIVE),
)


def outcome_of(item: pytest.Item, error: BaseException | None, seconds: float) -> Outcome:
    """The outcome of a test, with the number of the exchange that decided it."""
    if isinstance(error, LostError):
        error = Inconclusive(str(error), f"run it by itself: --only {named(item)}", root=str(error))
    theirs = is_extensions_test(item)
    title = (getattr(item, "obj", None).__doc__ or item.name).strip().splitlines()[0]
    plain: dict[str, Any] = {"id": named(item), "requirements": requirements_of(item), "title": title}
    verdict = _verdict(error)
    if isinstance(error, Nonconformity):
        plain |= {"expected": error.expected, "received": error.received, "message": str(error)}
        plain |= {"requirements": (not theirs and error.requirements) or plain["requirements"]}
        plain |= _places(error, item, plain["requirements"])
        plain |= {"symptom": symptom_of(error.symptom, [error.exchange], of_a_delivery=error.attempt is not None)}
    elif isinstance(error, SuiteError):
        plain |= {"message": error.message, "hint": error.hint, "root": getattr(error, "root", "") or error.message}
    elif theirs and isinstance(error, AssertionError):
        verdict, plain = Verdict.FAIL, plain | {"message": _first_line(error) or "an assertion failed"}
    elif error is not None:
        told = "".join(traceback.format_exception_only(error)).strip()
        plain |= {"message": f"{told}{_raised(error, item.path.parent if theirs else None)}"}
        plain |= {"hint": THEIR_FAULT if theirs else OUR_FAULT}
    return Outcome(**plain, verdict=verdict, seconds=seconds)


def _first_line(error: AssertionError) -> str:
    """What the author wrote, or the expression: pytest explains it below."""
    return next(iter(str(error).strip().splitlines()), "")


def _raised(error: BaseException, within: Path | None) -> str:
    """The file and the line that raised it; where one of a folder called what did, that one."""
    frames = [(Path(frame.f_code.co_filename), line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [(file, line) for file, line in frames if within is None or within in file.parents]
    for file, line in (own or frames)[-1:]:
        return f" ({file.name}, line {line})"
    return ""


def out_of_time(outcome: Outcome) -> bool:
    """Whether a test came to no verdict because the time of the whole run was over."""
    return outcome.verdict is Verdict.INCONCLUSIVE and outcome.root.startswith(TIME_LIMIT)


def _places(error: Nonconformity, item: pytest.Item, requirements: Sequence[str]) -> dict[str, Any]:
    """Where in the evidence the deviation shows, and the line that shows it again."""
    settings, exchange, attempt = item.config.stash.get(SETTINGS, None), error.exchange, error.attempt
    alone = not error.beside and attempt is None
    return {
        "decided_by": exchange.number if exchange else -1,
        "beside": tuple(dict.fromkeys(each.number for each in error.beside if each is not exchange)),
        "attempt": attempt.serial if attempt else -1,
        "curl": curl_of(exchange, requirements, settings.variables if settings else {}, passive=False, alone=alone),
    }


def _verdict(error: BaseException | None) -> Verdict:
    if error is None:
        return Verdict.PASS
    return next((verdict for kind, verdict in BLAME if isinstance(error, kind)), Verdict.ERROR)
