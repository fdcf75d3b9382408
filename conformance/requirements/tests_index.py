"""Which tests judge which requirement, read from the source of the suite without running it.

A test function says so by `@requirement("ID", …)`, a passive check by `@judges("ID", …)`. A test that looks along axes
beside the plain case says `@along("axis", …)`.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

TEST, PASSIVE, ALONG = "requirement", "judges", "along"


def tests_of(suite: Path, checks: Path) -> dict[str, tuple[str, ...]]:
    """Requirement ids by test id ("suite/test_x.py::test_y"), or by "passive::" and the check's name.

    `suite` is a folder of test_*.py, `checks` one of modules with passive checks. Raises OSError and SyntaxError.
    """
    passive = ((name, ids) for path in sorted(checks.glob("*.py")) for name, ids in _checks(path) if ids)
    return _by_test(suite, TEST) | {f"passive::{name}": ids for name, ids in passive}


def axes_of(suite: Path) -> dict[str, tuple[str, ...]]:
    """The axes (`Axis`, by value) that tests look along, by test id as in `tests_of`."""
    return {test: axes for test, axes in _by_test(suite, ALONG).items() if axes}


def by_requirement(tests: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The same the other way round: test ids by requirement id."""
    found: dict[str, list[str]] = defaultdict(list)
    for test, ids in tests.items():
        for id_ in ids:
            found[id_].append(test)
    return dict(found)


def _by_test(suite: Path, decorator: str) -> dict[str, tuple[str, ...]]:
    """What the decorator of this name is given, by test id."""
    return {
        f"{suite.name}/{path.name}::{name}": given
        for path in sorted(suite.glob("test_*.py"))
        for name, given in _tests(path, decorator)
    }


def _tests(path: Path, decorator: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in _parsed(path).body:
        functions = node.body if isinstance(node, ast.ClassDef) else [node]
        for function in functions:
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test"):
                name = f"{node.name}::{function.name}" if isinstance(node, ast.ClassDef) else function.name
                yield name, tuple(_named(function.decorator_list, decorator))


def _checks(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in _parsed(path).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, tuple(_named(node.decorator_list, PASSIVE))


def _named(decorators: Iterable[ast.expr], name: str) -> Iterator[str]:
    """The ids that the decorator of this name is given."""
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).rpartition(".")[2] == name:
            yield from (str(id_.value) for id_ in decorator.args if isinstance(id_, ast.Constant))


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))
