"""Runs for the page: with texts of any kind wherever a target's text may stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.evidence import Exchange, Request, Response
from conformance.evidence.attempt import Attempt, Ending, Moment
from conformance.report import Report
from conformance.verdict import Mark, Observation, Outcome, Step, Verdict

Make = Callable[..., Report]
ID = "23a7711a-8133-4876-b7eb-dcd9e87a1613"
GAP = 31.0
"""Seconds from one attempt to the next."""
HOSTILE = (
    "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>",
    "</pre></details></script></style></title><h1>moved</h1>",
    "\" autofocus onfocus='window.ran = 1' style='position:fixed;inset:0' x=\"",
    "javascript:window.ran=1",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[2J\x1b]8;;http://evil\x07link\x1b]8;;\x07\x00\x08",
    "\u202e\u2066gnissim\u2069\u200b\u2028\ufeff\u061c",
    "Z" + "\u0354\u0355\u0356\u0301" * 30,
    "\ud800 lone",
    "W" * 3000,
)
ALL = " ".join(HOSTILE[:-1])


@dataclass(frozen=True)
class Sample:
    """A report with its evidence."""

    report: Report
    exchanges: Sequence[Exchange]
    attempts: Sequence[Attempt]

    @property
    def all(self) -> tuple[Report, Sequence[Exchange], Sequence[Attempt]]:
        """As the page takes them."""
        return self.report, self.exchanges, self.attempts


def exchange(number: int, text: str = "x", **more: Any) -> Exchange:
    """A generate call whose answer says `text` in all places."""
    body = more.pop("body", f'{{"error": "{text}"}}'.encode(errors="surrogatepass"))
    headers = (("X-RateLimit-Remaining", "7"), (f"X-{text}", text))
    plain: dict[str, Any] = {
        "request": Request("POST", f"http://h/api/v1/generate?{text}", (("X-Request-Id", f"gimg-{number}"),), body),
        "response": Response(more.pop("status", 400), headers, body),
        "started": float(number), "ended": number + 0.25, "account": "primary", "operation": "generate",
        "number": number, "started_at": "2026-01-01T00:00:01.500Z",
    }  # fmt: skip
    return Exchange(**plain | more)


def attempt(serial: int, text: str = "x", **more: Any) -> Attempt:
    """The attempt `serial`, counted from 0, of one delivery, answered 500."""
    at = Moment(GAP * serial, GAP * serial, "2026-01-01T00:00:02.000Z")
    plain: dict[str, Any] = {
        "endpoint": text, "generation": ID, "number": serial + 1, "arrived": at, "method": "POST", "path": f"/{text}",
        "headers": (("X-Gptimg-Event", text),), "body": text.encode(errors="surrogatepass"), "answer": text,
        "ended": Ending("answered", 500, at), "serial": serial,
    }  # fmt: skip
    return Attempt(**plain | more)


def failed(id_: str, requirement: str, text: str, **more: Any) -> Outcome:
    """A failed check that says `text` in all places."""
    texts: dict[str, Any] = dict.fromkeys(("title", "expected", "received", "message", "curl", "repeat"), text)
    return Outcome(id_, (requirement,), Verdict.FAIL, **texts | more)


def sample(make: Make, text: str = "x") -> Sample:
    """A run with a finding about a call, one about a delivery, and all else that a page has, `text` everywhere."""
    first = Step(text, 0.0, 400, text, Mark.COMPARED, (1,), request_id=text, sent=text)
    decides = Step(text, 1.0, 400, text, Mark.DECISIVE, (2,), generation=text, request_id=text, sent=text)
    came = Step("attempt 2", 2.0, 500, text, Mark.DECISIVE, attempts=(1,), generation=ID, endpoint=text)
    plain = text.encode("ascii", "backslashreplace").decode()  # as pytest writes it
    outcomes = (
        failed("t::a", "A-1", text, exchanges=(1, 2), decided_by=2, beside=(1,), story=(first, decides)),
        failed("t::b", "A-1", text, exchanges=(2,), decided_by=2, story=(decides,)),
        failed("t::d", "B-2", text, attempts=(0, 1), attempt=1, story=(came,)),
        Outcome(f"t::c[{plain}]", ("A-3",), Verdict.INCONCLUSIVE, message=text, hint=text, root=text),
        Outcome("t::e", ("A-2",), Verdict.NOT_TESTED, message=text, hint=text),
        Outcome("t::o", ("B-1",), Verdict.PASS),
    )  # fmt: skip
    facts = {"target_name": text, "base_url": text, "problems": (text,), "warnings": (text,)}
    report = make(*outcomes, seen=(Observation("R1", text),), **facts)
    made = exchange(3, text, status=202, body=f'{{"generationId": "{ID}", "status": "queued"}}'.encode())
    return Sample(report, [exchange(1, text), exchange(2, text), made], [attempt(0, text), attempt(1, text)])
