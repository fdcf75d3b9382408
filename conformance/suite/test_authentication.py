"""驗證: every operation demands a Bearer key that begins with gimg_ (R9)."""

import pytest

from conformance.checks import expect, expect_that
from conformance.client import Api
from conformance.contract import load
from conformance.evidence import Exchange
from conformance.plan import along, requirement, runs_in
from conformance.scenarios.lifecycle import Lives
from conformance.world import Life
from conformance.world.credentials import Probe, Prober
from conformance.world.first_contact import UNKNOWN_ID, FirstContact
from conformance.world.fixtures import Observe

OPERATIONS = load().keyed
every_operation = pytest.mark.parametrize("operation", OPERATIONS)
every_body = pytest.mark.parametrize("operation", [name for name, found in OPERATIONS.items() if found.takes_body])
every_id = pytest.mark.parametrize("operation", [name for name, found in OPERATIONS.items() if found.takes_id])


@requirement("AUTH-1")
@runs_in("smoke")
@every_operation
def test_no_credential_is_refused(prober: Prober, operation: str) -> None:
    """Without an Authorization header the answer is 401."""
    expect(prober.send(operation, Probe.MISSING)).to_be_answered(401)


@requirement("AUTH-1")
@along("operation")
@every_operation
@pytest.mark.parametrize(
    "probe",
    [
        Probe.SCHEME_ALONE,
        pytest.param(Probe.SCHEME_AND_BLANK, marks=runs_in("certify")),
        pytest.param(Probe.SCHEME_AND_BLANKS, marks=runs_in("certify")),
    ],
    ids=["alone", "and a blank", "and blanks"],
)
def test_a_scheme_without_a_token_is_refused(prober: Prober, operation: str, probe: Probe) -> None:
    """Bearer without a token behind it is answered 401, as a missing credential is."""
    expect(prober.send(operation, probe)).to_be_answered(401)


@requirement("AUTH-1")
@runs_in("certify")
@along("operation")
@every_operation
def test_a_key_elsewhere_is_no_credential(prober: Prober, operation: str) -> None:
    """A real key in other headers, in cookies, in the query or in the body, and no Authorization header: 401."""
    expect(prober.send(operation, Probe.ELSEWHERE)).to_be_answered(401)


@requirement("AUTH-1")
@runs_in("certify")
@along("operation")
@every_operation
def test_a_session_is_no_credential(prober: Prober, operation: str, session_cookie: str) -> None:
    """A live session of the dashboard and no Authorization header: 401."""
    expect(prober.with_cookie(operation, session_cookie)).to_be_answered(401)


@requirement("AUTH-1")
@runs_in("certify")
@along("cached")
def test_what_its_owner_was_shown_is_shown_to_nobody_else(lives: Lives, prober: Prober) -> None:
    """The poll of an ended generation, repeated without an Authorization header once its owner was answered: 401."""
    end = lives.of("cheapest").end
    prober.refused("generation", Probe.MISSING, root="AUTH-1")
    answer = prober.anonymous.call("generation", end.member("id"), probe="its owner's poll, repeated without a key")
    expect(answer).to_be_answered(401)


@requirement("AUTH-2")
@along("operation")
@every_operation
def test_an_empty_credential_is_refused(prober: Prober, operation: str) -> None:
    """An empty Authorization header is answered 401."""
    expect(prober.send(operation, Probe.EMPTY)).to_be_answered(401)


@requirement("AUTH-3")
@along("operation")
@every_operation
@pytest.mark.parametrize(
    "probe",
    [Probe.BASIC, Probe.TOKEN, pytest.param(Probe.GLUED, marks=runs_in("certify"))],
    ids=["Basic", "Token", "no blank"],
)
def test_another_scheme_is_refused(prober: Prober, operation: str, probe: Probe) -> None:
    """A real key with a scheme other than Bearer is answered 401."""
    expect(prober.send(operation, probe)).to_be_answered(401)


@requirement("AUTH-4")
@along("operation")
@every_operation
def test_a_bare_key_is_refused(prober: Prober, operation: str) -> None:
    """A real key without a scheme before it is answered 401."""
    expect(prober.send(operation, Probe.BARE)).to_be_answered(401)


@requirement("AUTH-5")
@along("operation")
@every_operation
def test_a_token_without_its_prefix_is_refused(prober: Prober, operation: str) -> None:
    """A real key without its gimg_ prefix is answered 401."""
    expect(prober.send(operation, Probe.NO_PREFIX)).to_be_answered(401)


@requirement("AUTH-6")
@runs_in("smoke")
@along("operation")
@every_operation
def test_an_invented_key_is_refused(prober: Prober, operation: str) -> None:
    """A well-formed key that was never issued is answered 401."""
    expect(prober.send(operation, Probe.INVENTED)).to_be_answered(401)


@requirement("AUTH-6")
@along("operation")
@every_operation
def test_a_key_altered_at_its_end_is_refused(prober: Prober, operation: str) -> None:
    """A real key with its last character changed is answered 401."""
    expect(prober.send(operation, Probe.ALTERED)).to_be_answered(401)


@requirement("AUTH-6")
@runs_in("certify")
@along("operation")
@every_operation
@pytest.mark.parametrize(
    "probe", [Probe.ANY, Probe.GLOB, Probe.ANY_CHARACTER], ids=["per cent", "asterisk", "underscore"]
)
def test_a_wildcard_is_no_key(prober: Prober, operation: str, probe: Probe) -> None:
    """What stands for any text in a query of a database or of a cache is answered 401."""
    expect(prober.send(operation, probe)).to_be_answered(401)


@requirement("AUTH-7")
@along("operation")
@every_operation
@pytest.mark.parametrize(
    "probe", [Probe.TRUNCATED, Probe.HALF, Probe.PREFIX_ALONE], ids=["by one", "by half", "to its prefix"]
)
def test_a_truncated_key_is_refused(prober: Prober, operation: str, probe: Probe) -> None:
    """A real key with its end cut off is answered 401."""
    expect(prober.send(operation, probe)).to_be_answered(401)


@requirement("AUTH-8")
@along("operation")
@every_operation
def test_an_extended_key_is_refused(prober: Prober, operation: str) -> None:
    """A real key with something appended is answered 401."""
    expect(prober.send(operation, Probe.EXTENDED)).to_be_answered(401)


@requirement("AUTH-9")
@along("operation")
@every_body
@pytest.mark.parametrize(
    ("probe", "root"), [(Probe.MISSING, "AUTH-1"), (Probe.INVENTED, "AUTH-6")], ids=["no key", "invented key"]
)
@pytest.mark.parametrize("content", [b"{}", b"{", b""], ids=["no fields", "broken JSON", "no body"])
def test_the_credential_is_judged_before_the_body(
    prober: Prober, operation: str, probe: Probe, root: str, content: bytes
) -> None:
    """A request with both a wrong credential and a wrong body is answered 401."""
    prober.refused(operation, probe, root)
    expect(prober.send(operation, probe, content)).to_be_answered(401)


@requirement("AUTH-9")
@along("operation")
@pytest.mark.parametrize(
    ("probe", "root"), [(Probe.MISSING, "AUTH-1"), (Probe.INVENTED, "AUTH-6")], ids=["no key", "invented key"]
)
@every_id
def test_the_credential_is_judged_before_the_id(prober: Prober, operation: str, probe: Probe, root: str) -> None:
    """A call that is wrong both in its credential and in its id is answered 401."""
    prober.refused(operation, probe, root)
    expect(prober.elsewhere(operation, probe, UNKNOWN_ID)).to_be_answered(401)


@requirement("AUTH-10")
@along("operation")
@every_operation
@pytest.mark.parametrize("probe", [Probe.HUGE, Probe.NOT_ASCII], ids=["huge", "not ASCII"])
def test_what_no_ordinary_client_sends_is_refused(prober: Prober, operation: str, probe: Probe) -> None:
    """A very long credential, or one with bytes outside ASCII, is answered 401, 400 or 431."""
    prober.refused(operation, Probe.INVENTED, root="AUTH-6")
    expect(prober.send(operation, probe)).to_be_refused(400, 401, 431)


@requirement("AUTH-11")
@runs_in("smoke")
@along("operation")
@every_operation
def test_a_valid_key_is_let_in(first_contact: FirstContact, operation: str) -> None:
    """A valid key is not answered 401 on any operation."""
    call = first_contact.by_operation[operation]
    expect_that(call.status, f"the status of {operation}", call).to_differ_from(401)


@requirement("AUTH-11")
@runs_in("smoke")
def test_a_valid_key_may_generate(submitted: Life) -> None:
    """A valid key is not answered 401 on generate."""
    expect_that(submitted.accepted.status, "the status of generate", submitted.accepted).to_differ_from(401)


@requirement("AUTH-11")
@runs_in("certify")
@along("account")
def test_a_key_is_let_in_from_anywhere(forged: tuple[Exchange, ...]) -> None:
    """A key is not answered 401, whatever client seems to use it. What that does to its quota is judged elsewhere."""
    for call in forged:
        expect_that(call.status, "the status of upload", call).to_differ_from(401)


@requirement("AUTH-12")
@runs_in("smoke")
def test_the_key_begins_with_gimg(primary: Api) -> None:
    """The key that the target accepts begins with gimg_."""
    expect_that(primary.key[:5], "the beginning of the primary key").to_equal("gimg_")


@requirement("AUTH-13")
@along("operation")
@every_operation
def test_the_case_of_a_key_matters(prober: Prober, operation: str) -> None:
    """A real key with upper and lower case swapped is answered 401."""
    prober.refused(operation, Probe.INVENTED, root="AUTH-6")
    expect(prober.send(operation, Probe.OTHER_CASE)).to_be_answered(401)


@requirement("AUTH-16")
@runs_in("certify")
def test_the_case_of_the_scheme(prober: Prober, observe: Observe) -> None:
    """Whether the scheme's name is recognised in any letter case is recorded, not judged."""
    known = prober.send("generation", Probe.LOWER_SCHEME).status != 401
    observe("R9", f"the scheme in lower case is {'recognised' if known else 'refused'}")
