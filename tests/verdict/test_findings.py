"""One deviation is one finding, and two are two."""

from pathlib import Path
from typing import Any

import pytest

from conformance import suite
from conformance.evidence.symptom import STATUS, Symptom
from conformance.requirements import load
from conformance.verdict import Outcome, Verdict, findings
from conformance.verdict.causes import DRAWN
from conformance.verdict.kin import KIN

GENERATE, UPLOAD, POLL = "POST /api/v1/generate", "POST /api/v1/upload", "GET /api/v1/generations/{id}"


def failed(id_: str, *requirements: str, symptom: Symptom | None = None, **more: Any) -> Outcome:
    plain = {"expected": "401", "received": "400"} | more
    return Outcome(id_, requirements, Verdict.FAIL, symptom=symptom or Symptom(), **plain)


def answered(came: int, due: str, where: str = GENERATE, probe: str = "", **more: Any) -> Symptom:
    return Symptom(STATUS, due, str(came), (where,), came, probe, **more)


def waiting(id_: str, root: str, *requirements: str, **more: Any) -> Outcome:
    return Outcome(id_, requirements or ("POLL-1",), Verdict.INCONCLUSIVE, root=root, **more)


def test_checks_of_one_requirement_are_one_finding_and_what_waits_for_it_hangs_below() -> None:
    (found,) = findings([failed("one", "GEN-1"), failed("two", "GEN-1"), waiting("later", "GEN-1")])

    assert found.cause == "Received 400, but expected 401"
    assert (found.requirements, found.checks, found.dependents) == (("GEN-1",), ("one", "two"), ("later",))


def test_the_same_deviation_has_the_same_id_in_every_run() -> None:
    one, other = findings([failed("one", "GEN-1"), failed("two", "GEN-2")])
    (again,) = findings([failed("three", "GEN-1")])

    assert again.id == one.id != other.id


def test_the_same_wrong_refusal_is_one_deviation_whatever_was_refused() -> None:
    of_status = [
        failed("no key", "AUTH-1", symptom=answered(400, "401", GENERATE, "no key")),
        failed("empty", "AUTH-2", symptom=answered(400, "401", UPLOAD, "an empty key")),
        failed("bare", "AUTH-4", symptom=answered(400, "401", POLL, "a bare key")),
    ]

    (found,) = findings(of_status)
    (alone,) = findings(of_status[1:2])

    assert found.cause == (
        "A request without a valid Authorization header is answered 400, not 401, on all three operations: no key;"
        " an empty key and 1 more"
    )
    assert found.requirements == ("AUTH-1", "AUTH-2", "AUTH-4")
    assert alone.id == found.id


def test_two_wrong_bodies_that_are_accepted_or_crash_the_server_are_two() -> None:
    for came in (202, 500):
        long = failed("long", "GEN-9", symptom=answered(came, "400", probe="a long prompt"), decided_by=1)
        half = failed("half", "GEN-24", symptom=answered(came, "400", probe="n 1.5"), decided_by=2)
        crash = failed("passive::crash", "API-2", symptom=answered(came, "no 5xx"), decided_by=1, exchanges=(1, 2))

        found = findings([long, half, *([crash] if came == 500 else [])])

        assert [each.requirements[0] for each in found] == ["GEN-9", "GEN-24"]


def test_an_answer_with_a_wrong_status_explains_what_else_is_wrong_with_it() -> None:
    seen = failed("seen", "LIFE-26", symptom=answered(200, "404 or 403", POLL), decided_by=4)
    told = failed("told", "LIFE-27", symptom=Symptom("body", "nothing of it", "its price", (POLL,), 200), decided_by=4)
    other = failed("other", "LIFE-9", symptom=Symptom("the state", "over", "at work", (POLL,), 200), decided_by=5)

    first, second = findings([told, seen, other])

    assert (first.checks, first.requirements) == (("seen", "told"), ("LIFE-26", "LIFE-27"))
    assert second.checks == ("other",)


def test_one_wrong_member_is_one_deviation_and_two_in_one_answer_are_two() -> None:
    def wrong(id_: str, requirement: str, about: str, number: int = 3) -> Outcome:
        symptom = Symptom(about, "a string", "nothing", (GENERATE,), 202)
        return failed(f"passive::{id_}", requirement, symptom=symptom, decided_by=number, exchanges=(number, 7))

    first, second = findings(
        [wrong("a", "GEN-40", "body.images[0].url"), wrong("b", "GEN-41", "body.images[1].url", 9),
         wrong("c", "GEN-42", "body.status")]
    )  # fmt: skip

    assert (first.requirements, second.requirements) == (("GEN-40", "GEN-41"), ("GEN-42",))
    assert second.cause == f"Status is missing in the 202 of {GENERATE}"


def test_a_body_that_is_none_explains_its_members() -> None:
    whole = failed("passive::a", "LIFE-3", symptom=Symptom("body", "JSON", "'no'", (POLL,), 200), decided_by=1)
    part = failed("passive::b", "LIFE-5", symptom=Symptom("body.status", "a state", "nothing", (POLL,), 200))
    other = failed("passive::c", "GEN-43", symptom=Symptom("body", "JSON", "'no'", (GENERATE,), 400))

    first, second = findings([part, whole, other])

    assert (first.requirements, second.requirements) == (("LIFE-5", "LIFE-3"), ("GEN-43",))


def test_what_waits_for_a_prerequisite_of_a_prerequisite_hangs_below_the_deviation() -> None:
    broken = failed("broken", "GEN-41")
    ends = waiting("ends", "GEN-41", "LIFE-9")
    image = waiting("image", "LIFE-9", "OUT-1")
    outside = waiting("outside", "a gateway answered 502", "OUT-2")

    found = findings([image, outside, ends, broken, failed("other", "UP-1")])

    assert [each.dependents for each in found] == [("image", "ends"), ()]


def test_a_place_is_named_where_the_statuses_show_it() -> None:
    limited = failed("limited", "AUTH-1", symptom=answered(429, "401"))
    crashed = failed("crashed", "GEN-7", symptom=answered(500, "400", no_json=True))
    unknown = failed("unknown", "GEN-30", symptom=answered(500, "400"))

    places = [found.place for found in findings([limited, crashed, unknown])]

    assert places == ["the rate limiter runs before authentication", "the JSON body parser", ""]


def test_requirements_that_say_the_same_are_one_deviation_when_they_are_broken_alike() -> None:
    again = failed("again", "IDEM-2", symptom=answered(409, "2xx", probe="the same again"))
    later = failed("later", "IDEM-5", symptom=answered(409, "2xx", probe="the same, later"))
    anew = failed("anew", "IDEM-6", symptom=Symptom("generations", "1", "5", (GENERATE,), 202))

    assert [found.checks for found in findings([again, anew, later])] == [("again", "later"), ("anew",)]


def test_every_requirement_that_says_the_same_as_another_is_in_the_registry() -> None:
    assert all(id_ in load() for id_ in KIN)


def test_what_a_wrong_call_made_is_explained_by_it() -> None:
    taken = failed("taken", "GEN-13", symptom=answered(202, "400", probe="type upscale", generations=("g1",)))
    echo = Symptom("body.type", "upscale", "text2img", (POLL,), 200, generations=("g1",))
    everywhere = Symptom("body.error", "null", "'no'", (POLL,), 200, generations=("g1", "g2"))

    found = findings(
        [taken, failed("passive::echo", "LIFE-11", symptom=echo), failed("passive::all", "LIFE-14", symptom=everywhere)]
    )

    assert [each.requirements for each in found] == [("GEN-13", "LIFE-11"), ("LIFE-14",)]


def test_headers_that_are_missing_in_the_same_answers_are_missing_for_one_reason() -> None:
    def missing(name: str, requirement: str, *exchanges: int) -> Outcome:
        symptom = Symptom(f"header {name}", f"the header {name}", "nothing", (UPLOAD,), 200)
        return failed(f"passive::{name}", requirement, symptom=symptom, decided_by=exchanges[0], exchanges=exchanges)

    found = findings([missing("Limit", "RATE-1", 1, 2), missing("Reset", "RATE-11", 1, 2), missing("Date", "API-9", 1)])

    assert [each.requirements for each in found] == [("RATE-1", "RATE-11"), ("API-9",)]
    assert found[0].cause == f"The header Limit is missing in the 200 of {UPLOAD}"


def test_a_delivery_that_repeats_what_polling_shows_wrong_is_no_other_deviation() -> None:
    record = failed("passive::a", "OUT-5", symptom=Symptom("body.outputs[0].webp", "a URL", "no", (POLL,), 200))
    event = failed("event", "HOOK-27", symptom=Symptom("body.data.outputs[0].webp", "a URL", "no", ("a delivery",)))

    (found,) = findings([event, record])

    assert found.cause == "data.outputs[0].webp is no, but should be a URL, in a delivery"


def test_an_operation_that_is_not_there_is_one_deviation_whatever_it_was_asked() -> None:
    valid = failed("valid", "UP-1", symptom=answered(404, "200", UPLOAD))
    invalid = failed("invalid", "UP-3", symptom=answered(404, "400 or 422", UPLOAD))
    absent = failed("absent", "API-1", symptom=answered(404, "not 404 or 405", UPLOAD))

    (found,) = findings([valid, invalid, absent])

    assert (found.cause, found.checks[0]) == (f"{UPLOAD} is answered 404, which it should not be", "absent")


def test_what_is_throttled_without_cause_hangs_below_the_deviation_that_throttles() -> None:
    spoilt = waiting("poll", "calls of account 'primary' were throttled without cause", "LIFE-1")
    other = failed("size", "GEN-16", symptom=answered(202, "400"))
    leak = failed("slots", "RATE-24", symptom=answered(429, "another status than 429", probe="after a burst"))

    assert [found.dependents for found in findings([other, leak, spoilt])] == [(), ("poll",)]
    assert [found.dependents for found in findings([other, spoilt])] == [()]


def test_what_should_be_another_is_told_as_given_before() -> None:
    symptom = Symptom("the generation's id", 'other than "gen_1"', '"gen_1"', (GENERATE,), 202, "another key")
    (found,) = findings([failed("keys", "IDEM-12", symptom=symptom)])

    assert found.cause == 'The generation\'s id is "gen_1", which was given before: another key'


@pytest.mark.parametrize(
    ("symptom", "cause"),
    [
        (Symptom("attempt 1, answered 429,", "retried", "not retried"), "Attempt 1, answered 429, is not retried"),
        (Symptom("a redirect 302", "not followed", "followed"), "A redirect 302 is followed"),
        (Symptom("the event", "delivered", "not delivered", probe="a call"), "The event is not delivered"),
        (Symptom("the endpoint", "true", "false"), "The endpoint is missing"),
        (Symptom("the secret", "false", "true"), "The secret is there, but should not be"),
        (Symptom("methods", "[]", '["PUT"]'), 'Methods is ["PUT"], but should be none'),
        (Symptom("the price", "1", "2"), "The price is 2, but should be 1"),
    ],
)
def test_a_finding_is_told_by_what_came(symptom: Symptom, cause: str) -> None:
    assert findings([failed("one", "A-1", symptom=symptom)])[0].cause == cause


def test_of_an_answer_the_status_is_told_and_not_its_body() -> None:
    one = failed("one", "A-1", expected="a 2xx status", received='status 403, body {"error": {}}')
    long = failed("two", "A-2", expected="a key", received="word " * 40)

    assert [each.cause for each in findings([one, long])] == [
        "Received status 403, but expected a 2xx status",
        f"Received {'word ' * 19}word…, but expected a key",
    ]


def test_a_call_that_can_be_paid_for_is_told_as_such() -> None:
    (found,) = findings([failed("refund", "LIFE-16", symptom=answered(402, "2xx", probe="a purchase"))])

    assert (
        found.cause
        == "A call that the account has the credits for is answered 402, not 2xx, on POST /api/v1/generate: a purchase"
    )


def test_the_same_wrong_success_of_an_operation_is_one_deviation() -> None:
    def taken(id_: str, requirement: str, number: int, where: str = GENERATE) -> Outcome:
        symptom = answered(200, "202", where, probe=id_)
        return failed(f"passive::{id_}", requirement, symptom=symptom, decided_by=number, exchanges=(number,))

    found = findings([taken("a text", "GEN-1", 1), taken("an edit", "GEN-2", 2), taken("a file", "UP-1", 3, UPLOAD)])

    assert [each.requirements for each in found] == [("GEN-1", "GEN-2"), ("UP-1",)]
    assert found[0].cause == f"{GENERATE} is answered 200, not 202: a text; an edit"


def test_an_event_that_is_delivered_anew_explains_how_many_attempts_came_and_when() -> None:
    def of_attempt(id_: str, requirement: str, about: str, **more: Any) -> Outcome:
        return failed(id_, requirement, symptom=Symptom(about, where=("a delivery",), **more), attempt=7)

    both = {"deliveries": ("a", "b")}
    once = of_attempt("once", "HOOK-13", "the number of deliveries of one event", taken=True, **both)
    explained = (of_attempt("soon", "RETRY-14", "the time", **both), of_attempt("many", "RETRY-12", "number", **both))
    apart = (
        of_attempt("signed", "SIGN-3", "header X-Gptimg-Signature", **both),
        of_attempt("late", "HOOK-16", "time"),
    )

    assert [each.checks for each in findings([once, *explained, *apart])] == [
        ("once", "soon", "many"), ("signed",), ("late",),
    ]  # fmt: skip
    assert len(findings(explained)) == 2


def test_the_plain_check_tells_the_story_and_not_one_that_was_drawn() -> None:
    history = failed(f"{DRAWN[0]}a[history 1, step 4]", "LIFE-1", symptom=answered(404, "200", POLL, "step 4"))
    plain = failed("suite/test_lifecycle.py::b", "LIFE-1", symptom=answered(404, "200", POLL))

    (found,) = findings([history, plain])

    assert found.checks == (plain.id, history.id)
    assert found.cause == f"{POLL} is answered 404, not 200"


def test_what_draws_at_random_is_in_the_suite() -> None:
    assert all((Path(suite.__file__).parents[1] / name.partition("::")[0]).is_file() for name in DRAWN)
