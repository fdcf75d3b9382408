"""Chapters of the documents that belong to the package: what `help` prints, and the example that `init` fills in."""

import re
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
README = "cli/README.md"
"""In a built package, the one that stands at the top of the repository."""
TOPICS = {
    "target": ("target/README.md", "The target file"),
    "clock": ("target/README.md", "A test clock"),
    "cost": ("target/README.md", "What a run costs"),
    "limits": ("target/README.md", "Limits of a run"),
    "network": ("target/README.md", "Behind a proxy"),
    "webhooks": ("receiver/README.md", ""),
    "pytest": ("session/README.md", "With pytest"),
    "exit-status": (README, "Exit status"),
}
"""By topic: a document of the package, and the heading of a chapter of it; "" is all of it."""


def chapter(topic: str) -> str:
    """In Markdown, its heading included. KeyError: there is no such topic."""
    document, heading = TOPICS[topic]
    text = document_of(document)
    if not heading:
        return text.strip()
    found = re.search(rf"(?ms)^(## {re.escape(heading)}\n.*?)(?=^## |\Z)", text)
    if found is None:
        raise LookupError(f"{document} has no chapter {heading!r}")
    return found[1].strip()


def document_of(name: str) -> str:
    path = PACKAGE / name
    if name == README and not path.exists():
        path = PACKAGE.parent / "README.md"
    return path.read_text(encoding="utf-8")


def example_of_a_target() -> str:
    """The target file that the chapter shows, with every table and key."""
    return chapter("target").partition("```toml\n")[2].partition("```")[0]
