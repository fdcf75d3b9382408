from conformance.report.coverage import Catalogue, coverage_document
from conformance.requirements import Area, Level, Registry, Requirement

ROWS = (
    Requirement("A-1", "A", Level.MUST, "A | [b] is_kept.", "Somewhere"),
    Requirement("A-2", "A", Level.MUST, "Never tried.", "Somewhere", untested="nobody can"),
    Requirement("B-1", "B", Level.OPEN, "Free.", "Elsewhere"),
)
REGISTRY = Registry(ROWS, (Area("A", "First area"), Area("B", "Second area")), (), "")
TESTS = {"A-1": ["suite/test_a.py::test_it_is_so", "passive::a_check"], "B-1": ["suite/test_a.py::test_free"]}
FAULTS = {"A-1": ["faults/wrong_a.py::a-is-not-kept", "faults/wrong_b.py::nor-here"]}
DOCUMENT = coverage_document(REGISTRY, TESTS, FAULTS, Catalogue(3, 2, 1), "").splitlines()


def test_the_head_counts() -> None:
    assert "| MUST | 2 | 1 | 1 |" in DOCUMENT
    assert "| SHOULD | 0 | 0 | 0 |" in DOCUMENT
    assert "| all | 3 | 2 | 1 |" in DOCUMENT
    assert "There are 3 tests, 2 faults, and 1 permitted variations" in " ".join(DOCUMENT)
    assert "Of the tests, 1 judge the traffic" in " ".join(DOCUMENT)


def test_a_row_has_its_tests_in_words_and_its_faults_by_name() -> None:
    assert (
        r"| A-1 | MUST | A \| \[b\] is\_kept. | [it is so][test_a]<br>[all traffic: a check][passive] "
        "| [a-is-not-kept][wrong_a]<br>[nor-here][wrong_b] |"
    ) in DOCUMENT


def test_a_row_without_a_test_says_why() -> None:
    assert "| A-2 | MUST | Never tried. | *not tested: nobody can* |  |" in DOCUMENT


def test_rows_stand_under_their_area() -> None:
    assert DOCUMENT.index("## First area") < DOCUMENT.index("## Second area")
    assert DOCUMENT.index("## Second area") < DOCUMENT.index("| B-1 | OPEN | Free. | [free][test_a] |  |")


def test_every_label_leads_somewhere() -> None:
    assert DOCUMENT[-4:] == [
        "[passive]: ../conformance/checks/passive.py",
        "[test_a]: ../conformance/suite/test_a.py",
        "[wrong_a]: ../conformance/faults/wrong_a.py",
        "[wrong_b]: ../conformance/faults/wrong_b.py",
    ]
