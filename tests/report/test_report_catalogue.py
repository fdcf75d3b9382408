import io
from dataclasses import replace

from rich.console import Console

from conformance.report.registry import need_in_words, print_catalogue, print_requirement, print_ruling
from conformance.requirements import Area, Level, Need, Registry, Requirement, Ruling

ROW = Requirement("A-1", "A", Level.MUST, "A [is] kept.", "Somewhere", ("R1",), (Need.OTHER, Need.COOKIE))
GAP = Requirement("A-2", "A", Level.OPEN, "Free.", "Elsewhere", untested="nobody can")
REGISTRY = Registry((ROW, GAP), (Area("A", "First area"),), (Ruling("R1", "here", "read so"),), "")


def console() -> Console:
    return Console(file=io.StringIO(), width=80, color_system=None)


def text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return " ".join(console.file.getvalue().split())


def test_all_rows_by_area() -> None:
    out = console()
    print_catalogue(REGISTRY, out)

    assert "First area 2 A-1 MUST A [is] kept. A-2 OPEN Free. (not tested: nobody can)" in text(out)
    assert text(out).endswith("2 requirements: 1 MUST, 0 SHOULD, 1 OPEN (observed, and not judged)")


def test_one_row_with_its_ruling_tests_and_needs() -> None:
    out = console()
    print_requirement(ROW, REGISTRY, ["suite/test_a.py::test_it"], out)

    assert "source Somewhere ruling R1 here: read so tests suite/test_a.py::test_it needs [accounts.other]" in text(out)


def test_a_row_that_may_have_no_occasion_says_so() -> None:
    out = console()
    print_requirement(replace(ROW, occasion="a delay"), REGISTRY, ["suite/test_a.py::test_it"], out)

    assert "occasion a delay; not applicable where the target gives none" in text(out)


def test_a_row_without_tests_says_why() -> None:
    out = console()
    print_requirement(GAP, REGISTRY, [], out)

    assert "tests none: nobody can needs the primary account's key" in text(out)


def test_every_need_has_words() -> None:
    accounts = {"other", "burner", "free", "broke", "capped", "metered"}
    plain = {need for need in Need if need_in_words(need).startswith(f"[accounts.{need}]")}

    assert plain == {need for need in Need if need in accounts}


def test_a_ruling_is_shown_with_what_rests_on_it() -> None:
    out = console()
    print_ruling(REGISTRY.rulings[0], REGISTRY, out)
    shown = text(out)

    assert shown.startswith(f"{REGISTRY.rulings[0].id} {REGISTRY.rulings[0].where} {REGISTRY.rulings[0].reading}")
    assert ROW.id in shown
    assert GAP.id not in shown
