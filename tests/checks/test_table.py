"""The table of passive checks: whole, and the same however the modules were imported."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import conformance.checks
from conformance.checks.finding import Evidence, Ruled
from conformance.checks.passive import CHECKS, MODULES, Traffic, rule
from conformance.checks.table import TABLE, judges
from conformance.evidence import Exchange, Request
from conformance.requirements import load

FOLDER = Path(conformance.checks.__file__).parent


def with_judges(folder: Path) -> Iterator[str]:
    """The modules in which a function is decorated as a passive check."""
    for path in sorted(folder.glob("*.py")):
        functions = [n for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.FunctionDef)]
        if any("judges(" in ast.unparse(decorator) for each in functions for decorator in each.decorator_list):
            yield path.stem


def test_no_module_with_a_passive_check_is_forgotten() -> None:
    assert sorted(with_judges(FOLDER)) == sorted(module.__name__.rpartition(".")[2] for module in MODULES)


def test_a_module_with_a_passive_check_is_found(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text('@judges("A-1")\ndef check(evidence): ...\n')
    (tmp_path / "other.py").write_text("def judges(evidence): ...\n")

    assert list(with_judges(tmp_path)) == ["new"]


def test_checks_judge_requirements_that_exist_and_one_takes_them_from_the_contract() -> None:
    known = {row.id for row in load()}

    assert [name for name, row in CHECKS.items() if not row.requirements <= known] == []
    assert [name for name, row in CHECKS.items() if not row.requirements] == ["as_documented"]


def test_the_order_is_that_of_the_modules_and_their_lines() -> None:
    names = [module.__name__ for module in MODULES]
    places = [(names.index(row.judge.__module__), row.judge.__code__.co_firstlineno) for row in CHECKS.values()]

    assert places == sorted(places)


def test_a_name_is_taken_once() -> None:
    def never_back(evidence: Evidence) -> Ruled:
        return Ruled(frozenset())

    with pytest.raises(ValueError, match="two passive checks are called never_back"):
        judges("LIFE-6")(never_back)


def test_what_the_environment_spoilt_is_shown_to_those_that_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt = Exchange(Request("GET", "http://h/"), None, 0.0, 1.0, failure="refused")
    seen: dict[str, int] = {}

    def check(name: str, *, every: bool) -> None:
        def look(evidence: Evidence) -> Ruled:
            seen[name] = len(evidence)
            return Ruled(frozenset())

        look.__name__ = name
        judges("API-2", spoilt=every)(look)
        monkeypatch.setitem(CHECKS, name, TABLE.pop(name))
        rule(name, [Traffic.of([spoilt])])

    check("of_every_exchange", every=True)
    check("of_whole_exchanges", every=False)

    assert seen == {"of_every_exchange": 1, "of_whole_exchanges": 0}
