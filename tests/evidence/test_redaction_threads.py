"""Several threads capture secrets at the same time: none is lost, none gets a second token, and nothing is raised."""

from conformance.evidence import Vault
from tests.stress import hammer

KEY = "9f86d081884c7d659a2feaa0c55ad015"
TURNS, MANY = 400, 2000


def signed(number: int) -> str:
    return f"https://s3/x?sig={number % TURNS:016d}signature"


def test_secrets_are_found_while_others_are_added() -> None:
    vault = Vault("salt")
    vault.keep(KEY, "primary")
    seen: dict[str, str] = {}

    def capture(number: int) -> None:
        redacted = vault.redact(signed(number))
        assert seen.setdefault(signed(number), redacted) == redacted
        assert vault.reveal(redacted) == signed(number)

    def echo(number: int) -> None:
        assert vault.redact_bytes(b"gimg_%b" % KEY.encode()) == b"gimg_REDACTED-primary"
        cookie = f"session={number % TURNS}"
        assert vault.reveal(vault.redact_header("Cookie", cookie)) == cookie

    hammer(capture, echo, turns=TURNS)

    assert vault.redact(f"gimg_{KEY}") == "gimg_REDACTED-primary"
    assert len(set(seen.values())) == len(seen) > 1
    assert all(vault.reveal(redacted) == text for text, redacted in seen.items())


def test_a_name_is_given_once_whoever_comes_first() -> None:
    vault = Vault("salt")
    tokens: dict[str, set[str]] = {}

    def name(number: int) -> None:
        secret = f"a secret with the number {number % MANY}"
        tokens.setdefault(secret, set()).add(vault.keep(secret, "primary" if number % 2 else "other"))

    hammer(name, turns=MANY, each=8)

    assert all(len(found) == 1 for found in tokens.values())
    assert len(set().union(*tokens.values())) == len(tokens)
    assert all(vault.reveal(token) == secret for secret, found in tokens.items() for token in found)
