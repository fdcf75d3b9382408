"""What becomes of an entry of the catalogue, judged from a report."""

from pathlib import Path
from typing import Any

import pytest

from conformance import suite
from conformance.cli.campaign import Fate, judged, section_of
from conformance.faults.catalogue import CONTRARY, Fault, Variation, both, everything, load, named, pairs

FAULT = Fault("f", ("A-1",), repr, "text", also=(("A-2", "because"),))
VARIATION = Variation("v", ("R1",), repr, "text")


def report(problems: tuple[str, ...] = (), **verdicts: str) -> dict[str, Any]:
    rows = [
        {
            "id": name.replace("_", "-"),
            "level": "OPEN" if name.startswith("O") else "MUST",
            "verdict": v,
            "reason": "why",
        }
        for name, v in verdicts.items()
    ]
    told = {"because": ["nothing ran"], "findings": [row for row in rows if row["verdict"] == "fail"]}
    return {"requirements": rows, "problems": list(problems), "tested": len(rows), **told}


@pytest.mark.parametrize(
    ("fate", "seen"),
    [
        (Fate.KILLED, report(A_1="fail", A_3="pass")),
        (Fate.KILLED, report(A_1="fail", A_2="fail", A_3="inconclusive")),
        (Fate.SURVIVED, report(A_1="pass", O_1="fail")),
        (Fate.SURVIVED, report(A_1="inconclusive")),
        (Fate.WRONGLY, report(A_1="fail", A_3="fail")),
        (Fate.WRONGLY, report(A_1="pass", A_3="fail")),
        (Fate.ERROR, report(A_1="fail", A_3="error")),
        (Fate.ERROR, report(("out of order",), A_1="fail")),
        (Fate.ERROR, report()),
    ],
)
def test_a_fault(fate: Fate, seen: dict[str, Any]) -> None:
    result = judged(FAULT, seen, 1.0)

    assert result.fate is fate
    assert result.good is (fate is Fate.KILLED)


@pytest.mark.parametrize(
    ("fate", "seen"),
    [
        (Fate.CONFORMANT, report(A_1="pass", O_2="not_tested", A_3="not_applicable")),
        (Fate.ACCUSED, report(A_1="fail")),
        (Fate.UNDECIDED, report(A_1="inconclusive")),
        (Fate.UNDECIDED, report(A_1="not_tested")),
        (Fate.ERROR, report(A_1="error")),
        (Fate.ERROR, report()),
    ],
)
def test_a_variation(fate: Fate, seen: dict[str, Any]) -> None:
    assert judged(VARIATION, seen, 1.0).fate is fate


def test_it_is_counted_how_many_deviations_the_report_tells_of() -> None:
    assert [judged(FAULT, report(A_1="fail", A_2=seen), 1.0).findings for seen in ("pass", "fail")] == [1, 2]


def test_what_is_unexpected_is_told() -> None:
    result = judged(FAULT, report(A_1="fail", A_3="fail"), 1.0)

    assert (result.failed, result.unnamed, result.told) == (("A-1", "A-3"), ("A-3",), "A-3: why")
    assert judged(FAULT, report(), 1.0).told == "nothing ran"


def test_of_another_server_there_is_nothing_else_to_judge() -> None:
    fault = Fault("f", ("API-1",), repr, "text")

    assert judged(fault, report(("not this API",), API_1="fail"), 1.0).fate is Fate.KILLED
    assert judged(fault, report(("not this API",), API_1="pass"), 1.0).fate is Fate.ERROR


def test_an_unknown_name_comes_with_the_nearest() -> None:
    load()
    with pytest.raises(KeyError, match="did you mean an-unknown-id-is-an-exception"):
        named("an-unknown-id-is-an-exeption")


def test_an_entry_belongs_to_the_section_that_its_module_is_named_after() -> None:
    assert section_of(named("upload-is-not-there")) == "api"
    assert section_of(named("retries-run-out")) == "webhook_disabling"


def test_every_module_is_named_after_a_section_of_the_suite() -> None:
    sections = {path.stem.removeprefix("test_") for path in Path(suite.__file__).parent.glob("test_*.py")}
    assert {section_of(entry) for entry in everything()} == sections


def test_two_variations_are_one_server() -> None:
    every = list(pairs())
    few = both("times-have-offsets", "no-http-on-loopback")

    assert len(every) == 20 * 19 // 2 - len(CONTRARY)
    assert (few.name, few.rulings) == ("times-have-offsets+no-http-on-loopback", ("R23", "R26"))
    assert few.without == ("webhooks",)
    assert named(few.name).text == few.text


def test_what_a_run_cannot_have_there_may_be_missing() -> None:
    without = Variation("v", ("R1",), repr, "text", ("webhooks",))
    missing = report(A_1="pass") | {"tested": 1}
    missing["requirements"] += [{"id": "HOOK-11", "level": "MUST", "verdict": "not_tested", "reason": "why"}]

    assert judged(without, missing, 1.0).fate is Fate.CONFORMANT
    assert judged(VARIATION, missing, 1.0).undecided == ("HOOK-11",)
    assert judged(VARIATION, missing, 1.0, whole=False).fate == Fate.CONFORMANT
