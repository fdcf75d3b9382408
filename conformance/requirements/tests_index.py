"""Which tests judge which requirement, read from the source of the suite without running it.

A test function says so by `@requirement("ID", …)`; the passive checks by the annotated table `REQUIREMENTS` of their
module, a dict from a check's name to a set of ids.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

DECORATOR = "requirement"
TABLE = "REQUIREMENTS"


def tests_of(suite: Path, passive: Path) -> dict[str, tuple[str, ...]]:
    """Requirement ids by test id ("suite/test_x.py::test_y"), or by "passive::" and the check's name.

    `suite` is a folder of test_*.py, `passive` the module with the table. Raises OSError and SyntaxError.
    """
    found = {
        f"{suite.name}/{path.name}::{name}": ids
        for path in sorted(suite.glob("test_*.py"))
        for name, ids in _tests(path)
    }
    return found | {f"passive::{name}": ids for name, ids in _table(passive)}


def by_requirement(tests: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The same the other way round: test ids by requirement id."""
    found: dict[str, list[str]] = defaultdict(list)
    for test, ids in tests.items():
        for id_ in ids:
            found[id_].append(test)
    return dict(found)


def _tests(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in _parsed(path).body:
        functions = node.body if isinstance(node, ast.ClassDef) else [node]
        for function in functions:
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test"):
                name = f"{node.name}::{function.name}" if isinstance(node, ast.ClassDef) else function.name
                yield name, tuple(_named(function.decorator_list))


def _named(decorators: Iterable[ast.expr]) -> Iterator[str]:
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).rpartition(".")[2] == DECORATOR:
            yield from _strings(decorator.args)


def _table(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in _parsed(path).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == TABLE and isinstance(node.value, ast.Dict):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                yield from ((name, tuple(_strings(ast.walk(value)))) for name in _strings([key]))


def _strings(nodes: Iterable[ast.AST | None]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))
