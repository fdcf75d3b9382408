"""Imports run one way: a layer imports itself and what stands below it, and nothing above."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "conformance"
LAYERS = [
    {"errors", "evidence", "limits", "requirements"},
    {"contract"},
    {"checks"},
    {"target", "client", "receiver"},
    {"world"},
    {"suite", "verdict"},
    {"report"},
    {"session"},
    {"plugin"},
    {"cli"},
]
APART = {"reference": set[str](), "faults": {"reference", "session", "world", "contract", "suite"}}
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
# Loaded only when the embedded server, or a fault of it, is what the user asked for.
MEETING_POINTS = {("session", "reference"), ("session", "faults"), ("cli", "reference"), ("cli", "faults")}


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
            allowed = (part, name) in MEETING_POINTS or RANK.get(name, 99) <= RANK[part]
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


def test_only_the_client_and_nothing_else_imports_httpx() -> None:
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in modules()
        if "httpx" in {n.split(".")[0] for n in _plain_imports(path)}
    }
    assert users <= {"client", "faults"}


def _plain_imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found
