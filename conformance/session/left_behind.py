"""A run that begins in the folder of one that was killed: it says which webhooks are left, and who removes them."""

import shlex
from collections import Counter
from pathlib import Path

from conformance.plan.settings import Settings
from conformance.session.disk import told
from conformance.session.repeating import as_given
from conformance.world.left_journal import carry


def left_behind(folder: Path, settings: Settings, target: str) -> list[str]:
    """A sentence for each target. What is known is kept in the folder, which is about to be emptied."""
    try:
        found = Counter(left.base_url for left in carry(folder))
    except (OSError, ValueError) as error:
        return [
            f"the journal of the run before could not be read, and webhooks that it left are not known: {told(error)}"
        ]
    mine = settings.target.target.base_url
    return [_sentence(base_url, count, target if base_url == mine else "", folder) for base_url, count in found.items()]


def _sentence(base_url: str, count: int, target: str, folder: Path) -> str:
    webhooks, it = ("webhooks", "them") if count > 1 else ("webhook", "it")
    command = f"gimg-conformance cleanup {_quoted(Path(target)) if target else 'TARGET'} --report-dir {_quoted(folder)}"
    return f"an earlier run left {count} {webhooks} registered at {base_url}; this removes {it}: {command}"


def _quoted(path: Path) -> str:
    return shlex.quote(as_given(path))
