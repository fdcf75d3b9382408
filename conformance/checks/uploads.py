"""What all upload calls of a run say together about the keys they hand out (R18)."""

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

from conformance.checks.expect import TELLING, shown
from conformance.checks.finding import Evidence, Finding, Ruled
from conformance.checks.table import judges
from conformance.evidence import Exchange


def handed_out(evidence: Evidence) -> list[tuple[str, Exchange]]:
    """The keys of the accepted calls; those with an idempotency key, whose repeats are left free, do not count."""
    return [
        (str(e.member("key")), e)
        for e in evidence
        if e.operation == "upload"
        and e.status == 200
        and not e.request.header("idempotency-key")
        and isinstance(e.member("key"), str)
        and e.member("key")
    ]


@judges("UP-33")
def keys_are_fresh(evidence: Evidence) -> Ruled:
    """No key is handed out twice, to whomever."""
    seen, findings, keys = dict[str, Exchange](), [], handed_out(evidence)
    for key, exchange in keys:
        if key in seen:
            findings.append(
                Finding("UP-33", "a key that was not handed out before", f"{shown(key)} again", exchange, (seen[key],))
            )
        seen[key] = exchange
    return Ruled(frozenset({"UP-33"} if len(keys) > 1 else ()), tuple(findings))


@judges("UP-34")
def keys_are_free_of_filenames(evidence: Evidence) -> Ruled:
    """No key holds a word of the filename it was asked for with."""
    judged, findings = False, []
    for key, exchange in handed_out(evidence):
        words = words_of(_filename(exchange))
        judged = judged or bool(words)
        found = [word for word in words if holds(key, word)]
        if found:
            findings.append(Finding("UP-34", f"a key without {shown(found[0])}", shown(key), exchange))
    return Ruled(frozenset({"UP-34"} if judged else ()), tuple(findings))


def words_of(filename: str) -> list[str]:
    """The words of a filename that are long enough to be told from chance."""
    stem = filename.rpartition(".")[0] or filename
    return [word for word in re.findall(r"[^\W_]+", stem) if len(word) >= TELLING]


def holds(key: str, word: str) -> bool:
    """Whether a word stands in a key, plainly or encoded."""
    plain = (key.casefold(), unquote(key).casefold())
    return any(form.casefold() in text for text in plain for form in _forms(word))


def _forms(word: str) -> Iterator[str]:
    content = word.encode()
    yield word
    yield quote(word)
    yield content.hex()
    yield base64.urlsafe_b64encode(content).decode().rstrip("=")[:-1]


def _filename(exchange: Exchange) -> str:
    body = exchange.request.json
    found = body.get("filename") if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""
