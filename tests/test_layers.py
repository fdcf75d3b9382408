"""Imports run one way: a layer imports itself and what stands below it, and nothing above."""

import ast
from collections import Counter
from collections.abc import Container, Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "conformance"
LAYERS = [
    {"counted", "errors", "limits", "near", "ports", "program", "reference", "signs", "whole_file"},
    {"requirements", "evidence", "faults"},
    {"contract", "target"},
    {"checks", "plan"},
    {"cases"},
    {"client", "receiver"},
    {"world"},
    {"scenarios", "verdict"},
    {"suite", "report"},
    {"certificate", "postman"},
    {"comparison"},
    {"session"},
    {"plugin"},
    {"cli"},
    {"library"},
]
APART = {"reference": set[str](), "faults": {"near", "reference"}}
"""What the server and its faults may import of the rest."""
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
SERVER = {"reference", "faults"}
"""Loaded only where the embedded server, or a fault of it, is what the user asked for."""
MEETING_POINTS = {"session", "cli"}


def imports_of(source: str) -> set[str]:
    """The parts of `conformance` that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("conformance.") and "__" not in name}
    return found


def arrows_up(part: str, source: str) -> list[str]:
    """The imports of a module of this part that run against the order."""
    wrong = []
    for name in sorted(imports_of(source) - {part}):
        if part in APART:
            allowed = name in APART[part]
        else:
            allowed = RANK.get(name, 99) < RANK[part] and (name not in SERVER or part in MEETING_POINTS)
        if not allowed:
            wrong.append(f"{part} imports {name}")
    return wrong


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert arrows_up(part, path.read_text(encoding="utf-8")) == []


def test_an_arrow_up_is_found() -> None:
    assert arrows_up("checks", "from conformance.client import Api") == ["checks imports client"]
    assert arrows_up("reference", "import conformance.errors") == ["reference imports errors"]
    assert arrows_up("client", "from conformance.evidence import Exchange") == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    known = {_dotted(path): path for path in modules()}
    graph = {name: _modules_imported(path, known) - {name} for name, path in known.items()}

    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_a_circle_is_found() -> None:
    with pytest.raises(CycleError, match="nodes are in a cycle"):
        TopologicalSorter({"life": {"world"}, "world": {"life"}}).prepare()


def _dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _modules_imported(path: Path, known: Container[str]) -> set[str]:
    """What the module's imports load by name: `from a import b` the module a.b, where it is one, else a."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            found |= {dotted if dotted in known else node.module for dotted in full.values()}
    return {name for name in found if name in known}


SECTIONS = {path.stem.removeprefix("test_") for path in (PACKAGE / "suite").glob("test_*.py")}
MAY_BE_SHARED = {"__init__", "__main__"}


def names_that_mean_two_things(paths: Iterable[Path]) -> list[str]:
    """File names that stand in two rooms and are no section's. The server and its faults are apart, and left out."""
    rooms = [path for path in paths if path.parts[0] not in SERVER]
    count = Counter(path.stem for path in rooms if path.stem not in SECTIONS | MAY_BE_SHARED)
    return [name for name, times in count.items() if times > 1]


def test_two_files_share_a_name_only_where_they_are_one_sections() -> None:
    assert names_that_mean_two_things(path.relative_to(PACKAGE) for path in modules()) == []


def test_a_name_that_means_two_things_is_found() -> None:
    paths = [
        "report/model.py",
        "requirements/model.py",
        "checks/uploads.py",
        "scenarios/uploads.py",
        "reference/model.py",
    ]
    assert names_that_mean_two_things(map(Path, paths)) == ["model"]
    assert names_that_mean_two_things(map(Path, paths[1:])) == []


def test_only_the_client_and_nothing_else_imports_httpx() -> None:
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in modules()
        if "httpx" in {n.split(".")[0] for n in _plain_imports(path)}
    }
    assert users <= {"client", "faults", "cli"}  # cli: so that forks of the campaign need not load it


def _plain_imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found
