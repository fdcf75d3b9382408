"""Promises about every exchange: what is charged, what is not, and what remains in doubt."""

from dataclasses import replace
from email.utils import formatdate

import pytest

from conformance.checks import traffic
from conformance.checks.passive import CHECKS, Traffic, rule
from conformance.checks.windows import LIMIT, WINDOW
from conformance.evidence import Exchange, Request, Response
from conformance.evidence.blame import CHARGED
from conformance.requirements import Level, load
from tests.checks.polls import BASE, call, exchange, poll
from tests.contract.contract_samples import ACCEPTED, UPLOADED, generation

BEGUN = 1_777_166_625
"""When the generation of the samples began."""


def seen(status: int, body: bytes = b"{}", *headers: tuple[str, str], **changes: object) -> Exchange:
    plain: dict[str, object] = {"started": 0.0, "ended": 1.0, "account": "primary", "operation": "upload"}
    request = Request("POST", "http://h/api/v1/upload", (), b"{}")
    return Exchange(request, Response(status, headers, body) if status else None, **{**plain, **changes})  # type: ignore[arg-type]


def test_a_500_is_the_targets() -> None:
    ruled = traffic.no_server_error([seen(200), seen(500), seen(0)])

    assert [finding.exchange.status for finding in ruled.findings] == [500]
    assert ruled.judged == {"API-2"}
    assert ruled.doubts == ()


def test_a_502_is_the_networks_unless_it_is_charged() -> None:
    doubtful = traffic.no_server_error([seen(503), seen(502), seen(502)])
    proven = traffic.no_server_error([seen(503), seen(502, tags=(CHARGED,))])

    assert (len(doubtful.findings), len(doubtful.doubts)) == (0, 3)
    assert [finding.exchange.status for finding in proven.findings] == [502]


def test_what_a_gateway_answers_is_not_held_against_the_documentation() -> None:
    gateway = seen(502, b"<html>")

    assert traffic.as_documented([gateway]) == traffic.as_documented([])


def test_what_is_no_response_of_the_api_is_not_judged() -> None:
    assert traffic.no_server_error([seen(500, operation="")]).judged == frozenset()
    assert traffic.no_server_error([seen(500, operation="", tags=("api",))]).findings


def test_a_key_that_is_repeated_is_found_anywhere() -> None:
    echoes = [seen(401, b"gimg_REDACTED-primaryx"), seen(200, b"{}", ("X-Key", "REDACTED-primary"))]
    harmless = [seen(200, b"REDACTED-primary-cookie"), seen(200, b"REDACTED-other"), seen(200, b"\xff\xfe")]

    ruled = traffic.key_is_not_echoed([*echoes, *harmless])

    assert [finding.exchange for finding in ruled.findings] == echoes
    assert traffic.key_is_not_echoed([seen(200, b"REDACTED-primary", account="")]).judged == frozenset()


def test_a_401_names_its_scheme() -> None:
    ruled = traffic.scheme_is_named([seen(401), seen(401, b"", ("www-authenticate", "Bearer")), seen(200)])

    assert len(ruled.findings) == 1
    assert not traffic.scheme_is_named([seen(401, operation="listWebhooks")]).judged  # a stale session is no key
    assert traffic.scheme_is_named([seen(200)]).judged == frozenset()


def test_a_plan_with_access_draws_no_403() -> None:
    assert len(traffic.plan_gives_access([seen(403), seen(403, account="free"), seen(200)]).findings) == 1
    assert not traffic.plan_gives_access([seen(403, operation="generation")]).judged


def test_slow_answers_are_told_by_their_operation() -> None:
    slow = [seen(202, operation="generate", ended=6.0), seen(200, operation="generation", ended=5.0)]

    ruled = traffic.answers_at_once([*slow, seen(202, operation="generate", ended=9.0, tags=("held",))])

    assert ruled.judged == {"GEN-3", "LIFE-2"}
    assert [finding.requirement for finding in ruled.findings] == ["GEN-3"]


def well_behaved(seconds: float) -> list[Exchange]:
    """Calls of each operation, right in everything, each of which takes so long."""
    sent = [
        ("generate", 202, ACCEPTED, "generate", {"prompt": "A lighthouse", "quality": "low"}),
        ("upload", 200, UPLOADED, "upload", {"filename": "a.png", "contentType": "image/png", "size": 1}),
        ("generation", 200, generation("succeeded"), "generations/gen_1", None),
        ("generation", 404, {"error": "no such generation"}, "generations/gen_2", None),
    ]
    found = []
    for number, (operation, status, body, path, asked) in enumerate(sent):
        told = {"Limit": LIMIT, "Remaining": LIMIT - 1 - number, "Reset": BEGUN + WINDOW}
        date = formatdate(BEGUN + 100 * number + seconds, usegmt=True)
        limits = tuple((f"X-RateLimit-{name}", str(value)) for name, value in told.items())
        headers = (("Content-Type", "application/json"), ("Date", date), *limits)
        times = {"started": 100.0 * number, "ended": 100.0 * number + seconds}
        made = exchange(operation, status, body, sent=asked, url=f"{BASE}/{path}", headers=headers)
        found.append(replace(made, **times))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(("seconds", "wrong"), [(0.1, set()), (3.0, set()), (19.0, {"GEN-3", "LIFE-2"})])
def test_slowness_is_a_deviation_only_where_a_limit_is_documented(seconds: float, wrong: set[str]) -> None:
    ruled = [rule(check, [Traffic.of(well_behaved(seconds))]) for check in CHECKS]

    assert {finding.requirement for each in ruled for finding in each.findings} == wrong
    assert {requirement for each in ruled for requirement in each.judged} > {"GEN-3", "LIFE-2", "UP-25", "RATE-9"}
    assert {load()[requirement].level for requirement in wrong} <= {Level.SHOULD}


def test_a_secret_is_shown_to_whoever_registers_and_never_again() -> None:
    secret = b'{"id":"1","secret":"whsec_REDACTED-0123456789ab"}'
    plain: dict[str, object] = {"operation": "registerWebhook", "tags": ("account",)}
    registered = seen(201, secret, **plain)
    listed = Exchange(Request("GET", "http://h/hooks"), Response(200, (), secret), 2.0, 3.0, tags=("account",))

    assert traffic.secret_shown_once([registered]).findings == ()
    assert [f.exchange for f in traffic.secret_shown_once([registered, listed]).findings] == [listed]


def test_a_record_of_an_id_that_nobody_was_given_is_not_judged() -> None:
    given, stray = (traffic.as_documented([call(made), poll("g1", status="done")]) for made in ("g1", "g2"))

    charged = {finding.requirement for finding in given.findings} - {finding.requirement for finding in stray.findings}
    assert charged >= {"LIFE-5", "LIFE-19"}


def test_what_is_wrong_with_a_first_call_is_not_charged_to_its_repeat() -> None:
    def charged(first: object, again: object) -> set[str]:
        key = (("Idempotency-Key", "k"),)
        calls = [exchange("generate", 202, body, sent={}, sent_headers=key) for body in (first, again)]
        return {finding.requirement for finding in traffic.as_documented(calls).findings} & {
            "IDEM-2",
            "GEN-40",
            "GEN-41",
        }

    proper = {"generationId": "g1", "status": "queued"}
    assert charged([proper], [proper]) == {"GEN-40"}
    assert charged(proper, [proper]) == {"IDEM-2"}
