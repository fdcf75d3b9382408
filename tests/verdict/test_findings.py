"""One deviation is one finding."""

from conformance.verdict import Outcome, Verdict, findings


def failed(id_: str, *requirements: str) -> Outcome:
    return Outcome(id_, requirements, Verdict.FAIL, expected="401", received="400")


def test_checks_of_one_requirement_are_one_finding_and_what_waits_for_it_hangs_below() -> None:
    waiting = Outcome("later", ("POLL-1",), Verdict.INCONCLUSIVE, root="GEN-1")

    (found,) = findings([failed("one", "GEN-1"), failed("two", "GEN-1"), waiting])

    assert found.cause == "expected 401, but received 400"
    assert (found.requirements, found.checks, found.dependents) == (("GEN-1",), ("one", "two"), ("later",))


def test_the_same_deviation_has_the_same_id_in_every_run() -> None:
    one, other = findings([failed("one", "GEN-1"), failed("two", "GEN-2")])
    (again,) = findings([failed("three", "GEN-1")])

    assert again.id == one.id != other.id
