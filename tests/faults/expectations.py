"""Finds every single expectation of the suite in its source, and gives each a switch by which it is removed.

An expectation is a link of a sentence that begins with `expect`, a call of a function that judges, a deviation that is
raised, or a finding of a passive check. What an expectation looks at is still evaluated when it is removed: the
requests are sent all the same, and only the judgement is gone.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import conformance
from conformance.evidence.nonconformity import Nonconformity

PACKAGE = Path(conformance.__file__).parent
PLACES = ("checks", "scenarios", "suite", "world")
VOCABULARY = sorted((PACKAGE / "checks").glob("expect*.py"))
SWITCHES = "__switches__"
DEVIATIONS = {"Nonconformity", "deviate"}
FINDINGS = {"Finding", "_finding"}
TOLD = {"Told | None", "tuple[str, str] | None"}
"""What functions return that say of two polls what is wrong, or None."""


@dataclass(frozen=True)
class Expectation:
    """`number` is that of its switch, `function` the one that it stands in."""

    number: int
    path: Path
    line: int
    function: str
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(PACKAGE)}:{self.line} {self.function}: {self.text}"


@dataclass
class Switches:
    """What the altered source asks. `removed` is the number of the expectation that is off; -1: none.

    An expectation that speaks leaves its number on the deviation it raises, or in `spoken`.
    """

    removed: int = -1
    spoken: set[int] = field(default_factory=set)

    def at(self, number: int, judge: Callable[..., Any]) -> Callable[..., Any]:
        """The function, or one that judges nothing."""
        if number == self.removed:
            return lambda *_, **__: getattr(judge, "__self__", None)

        def judged(*arguments: Any, **named: Any) -> Any:
            try:
                return judge(*arguments, **named)
            except Nonconformity as deviation:
                self.noted(number, deviation)
                raise

        return judged

    def on(self, number: int) -> bool:
        return number != self.removed

    def noted(self, number: int, deviation: Nonconformity) -> Nonconformity:
        deviation.__dict__.setdefault("expectations", set()).add(number)
        return deviation

    def kept(self, number: int, findings: Iterable[Any]) -> Any:
        """The findings as a list or a tuple; empty when their expectation is off."""
        found = findings if isinstance(findings, list) else tuple(findings)
        return type(found)(self.told(number, item) for item in found if self.on(number))

    def told(self, number: int, words: Any) -> Any:
        if words is None or not self.on(number):
            return None
        self.spoken.add(number)
        return words


RUNNING = Switches()
"""The switches of this process."""


def install() -> list[Expectation]:
    """From now on, what judges is imported with switches. Raises RuntimeError when some of it is loaded already."""
    if early := [name for name in sys.modules if name.startswith(tuple(f"conformance.{place}" for place in PLACES))]:
        raise RuntimeError(f"{early[0]} was imported before its expectations were given switches")
    expectations, altered = switched(path for place in PLACES for path in sorted((PACKAGE / place).rglob("*.py")))
    sys.meta_path.insert(0, _Finder({str(path): code for path, code in altered.items()}))
    return expectations


def switched(paths: Iterable[Path]) -> tuple[list[Expectation], dict[Path, CodeType]]:
    """The expectations of these files, and their code with switches."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in paths}
    judges, words = _judges([VOCABULARY_TREE, *trees.values()]), _methods(VOCABULARY_TREE)
    found: list[Expectation] = []
    altered = {}
    for path, tree in trees.items():
        _Switching(path, found, judges, judges & words).visit(tree)
        altered[path] = compile(ast.fix_missing_locations(tree), str(path), "exec")
    return found, altered


VOCABULARY_TREE = ast.Module([n for path in VOCABULARY for n in ast.parse(path.read_text("utf-8")).body], [])


def _methods(tree: ast.Module) -> set[str]:
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {method.name for each in classes for method in each.body if isinstance(method, ast.FunctionDef)}


def _judges(trees: Iterable[ast.Module]) -> set[str]:
    """The names of the functions that raise a deviation, by themselves or through another."""
    calls = {
        function.name: {name for node in ast.walk(function) if (name := _called(node))}
        for tree in trees
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("test_")
    }
    found, grown = set[str](), {"Nonconformity"}
    while grown:
        found |= grown
        grown = {name for name, called in calls.items() if called & found} - found
    return found - DEVIATIONS


def _called(node: ast.AST) -> str:
    """The name of a called function, or of a method."""
    function = node.func if isinstance(node, ast.Call) else None
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


class _Switching(ast.NodeTransformer):
    def __init__(self, path: Path, found: list[Expectation], judges: set[str], words: set[str]) -> None:
        self.path, self.found, self.judges, self.words = path, found, judges, words
        self.inside: list[ast.FunctionDef] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.inside.append(node)
        self.generic_visit(node)
        self.inside.pop()
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        text = ast.unparse(node)
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in self.words:
            short = f".{node.func.attr}{text.rpartition('.' + node.func.attr)[2]}"
            node.func = self._switch("at", node.func, short, node.func.end_lineno)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        text, value = ast.unparse(node), node.value
        self.generic_visit(node)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in self.judges:
            value.func = self._switch("at", value.func, text)
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and _appends_a_finding(value):
            value.func.attr = "extend"
            value.args = [self._switch("kept", _listed(value.args[0]), text)]
        elif isinstance(value, ast.Yield) and value.value is not None and _is_finding(value.value):
            node.value = ast.copy_location(ast.YieldFrom(self._switch("kept", _listed(value.value), text)), value)
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if node.exc is None or _called(node.exc) not in DEVIATIONS:
            return node
        node.exc = self._switch("noted", node.exc, ast.unparse(node))
        on = ast.Call(_attribute("on"), [ast.Constant(self.found[-1].number)], [])
        return ast.copy_location(ast.If(on, [node], []), node)

    def visit_Return(self, node: ast.Return) -> ast.AST:
        text = ast.unparse(node)
        self.generic_visit(node)
        says = self.inside and self.inside[-1].returns
        if node.value and says and ast.unparse(says) in TOLD:
            node.value = self._switch("told", node.value, text)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        text = ast.unparse(node)
        self.generic_visit(node)
        if node.arg == "wrong" and isinstance(node.value, ast.Lambda):
            node.value.body = self._switch("told", node.value.body, text)
        return node

    def _several(self, node: ast.ListComp | ast.GeneratorExp) -> ast.AST:
        found, text = _is_finding(node.elt), ast.unparse(node)
        self.generic_visit(node)
        return self._switch("kept", node, text) if found else node

    visit_ListComp = visit_GeneratorExp = _several  # noqa: N815 - as above

    def visit_List(self, node: ast.List) -> ast.AST:
        found, text = any(map(_is_finding, node.elts)), ast.unparse(node)
        self.generic_visit(node)
        return self._switch("kept", node, text) if found else node

    def _switch(self, name: str, node: ast.expr, text: str, line: int | None = None) -> ast.Call:
        number = len(self.found)
        function = ".".join(each.name for each in self.inside)
        self.found.append(Expectation(number, self.path, line or node.lineno, function, " ".join(text.split())))
        return ast.copy_location(ast.Call(_attribute(name), [ast.Constant(number), node], []), node)


def _attribute(name: str) -> ast.Attribute:
    return ast.Attribute(ast.Name(SWITCHES, ast.Load()), name, ast.Load())


def _listed(node: ast.expr) -> ast.List:
    return ast.copy_location(ast.List([node], ast.Load()), node)


def _is_name(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _appends_a_finding(call: ast.Call) -> bool:
    return _called(call) == "append" and (_is_finding(call.args[0]) or _is_name(call.args[0], "finding"))


def _is_finding(node: ast.AST | None) -> bool:
    """Made here, or charged to another requirement here."""
    if isinstance(node, ast.Call) and _is_name(node.func, "replace"):
        return _is_name(node.args[0], "finding")
    return node is not None and isinstance(node, ast.Call) and _called(node) in FINDINGS


class _Finder(MetaPathFinder):
    def __init__(self, altered: Mapping[str, CodeType]) -> None:
        self.altered = altered

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname.startswith("conformance.") else None
        if spec is None or spec.origin is None or spec.origin not in self.altered:
            return None
        spec.loader = _Loader(fullname, spec.origin, self.altered[spec.origin])
        return spec


class _Loader(SourceFileLoader):
    """Neither reads nor writes compiled files."""

    def __init__(self, fullname: str, path: str, code: CodeType) -> None:
        super().__init__(fullname, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:
        return self.code

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__[SWITCHES] = RUNNING
        super().exec_module(module)


def modules() -> Iterator[str]:
    """The names of the suite's own modules, which pytest would otherwise load by itself."""
    yield from (f"conformance.suite.{path.stem}" for path in sorted((PACKAGE / "suite").glob("*.py")))
