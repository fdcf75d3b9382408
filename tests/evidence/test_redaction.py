"""Secrets never stand in the evidence, are the same token everywhere, and come back when they are sent."""

import json

import pytest

from conformance.evidence import Vault

KEY = "9f86d081884c7d659a2feaa0c55ad015"
SIGNATURE = "c" * 64


@pytest.fixture
def vault() -> Vault:
    vault = Vault("salt")
    vault.keep(KEY, "primary")
    return vault


def test_a_known_secret_is_its_token_everywhere_and_comes_back(vault: Vault) -> None:
    text = f"Bearer gimg_{KEY}, twice: {KEY}"

    redacted = vault.redact(text)

    assert redacted == "Bearer gimg_REDACTED-primary, twice: REDACTED-primary"
    assert vault.reveal(redacted) == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("whsec_0123456789abcdef", "0123456789abcdef"),
        ("gimg_ABCDEFGHIJKLMNOPQRST", "ABCDEFGHIJKLMNOPQRST"),
        (f"https://s3/x?X-Amz-Date=1&X-Amz-Signature={SIGNATURE}", SIGNATURE),
        (f"https://s3/x?sig={SIGNATURE}&y=1", SIGNATURE),
        ("https://s3/x?X-Amz-Security-Token=secrettoken", "secrettoken"),
        ("Set-Cookie: session=opensesame", "opensesame"),
        ('{"secret": "without a prefix"}', "without a prefix"),
    ],
)
def test_what_has_the_shape_of_a_secret_is_replaced_unknown_as_it_is(vault: Vault, text: str, secret: str) -> None:
    redacted = vault.redact(text)

    assert secret not in redacted
    assert vault.reveal(redacted) == text
    assert vault.redact(text) == redacted


@pytest.mark.parametrize(
    "body",
    [
        r'{"secret":"whsec_ab\/cd+ef=="}',
        r'{"secret":"whsec_ab\u002fcd\u002Bef=="}',
        r'{"secret":"whsec_ab/cd+ef=="}',
    ],
)
def test_a_secret_is_the_same_however_json_spells_it(vault: Vault, body: str) -> None:
    redacted = vault.redact_bytes(body.encode())

    assert b"cd" not in redacted
    assert vault.reveal(json.loads(redacted)["secret"]) == "whsec_ab/cd+ef=="


def test_the_ampersand_before_a_signature_may_be_escaped(vault: Vault) -> None:
    body = rb'{"url":"https:\/\/s3\/x?X-Amz-Date=1\u0026X-Amz-Signature=' + SIGNATURE.encode() + b'"}'

    redacted = vault.redact_bytes(body)

    assert SIGNATURE.encode() not in redacted
    assert vault.reveal(json.loads(redacted)["url"]) == f"https://s3/x?X-Amz-Date=1&X-Amz-Signature={SIGNATURE}"


def test_a_known_secret_is_found_in_json_and_in_urls(vault: Vault) -> None:
    vault.keep('quote" and/slash', "primary-cookie")

    assert vault.redact(json.dumps('quote" and/slash')) == '"REDACTED-primary-cookie"'
    assert vault.redact(r"quote\" and\/slash") == "REDACTED-primary-cookie"
    assert vault.redact("quote%22%20and%2Fslash") == "REDACTED-primary-cookie"


def test_secrets_within_secrets_stay_apart(vault: Vault) -> None:
    short = f"gimg_{KEY[:-1]}"
    half = KEY[:16]
    vault.keep(half)

    texts = [f"gimg_{KEY}", short, f"Bearer gimg_{KEY}x", half, f"{half} {KEY} {short}"]
    redacted = [vault.redact(text) for text in texts]

    assert len(set(redacted)) == len(texts)
    assert all(half not in text for text in redacted)
    assert [vault.reveal(text) for text in redacted[:2]] == texts[:2]
    assert redacted[2] == "Bearer gimg_REDACTED-primaryx"


def test_text_that_only_looks_like_a_token_stands_for_itself(vault: Vault) -> None:
    hostile = "see https://evil.example/REDACTED-primary"

    redacted = vault.redact(hostile)

    assert "REDACTED-primary" not in redacted
    assert vault.reveal(redacted) == hostile
    assert KEY not in vault.reveal(redacted)


def test_nothing_is_looked_for_within_a_token(vault: Vault) -> None:
    vault.redact("whsec_REDACTED whsec_primary-cookie")
    vault.keep("the cookie of primary", "primary-cookie")

    assert vault.redact("the cookie of primary") == "REDACTED-primary-cookie"


def test_a_signature_that_holds_another_secret_comes_back(vault: Vault) -> None:
    text = f"https://s3/x?sig=ab{KEY}cd"

    assert vault.reveal(vault.redact(text)) == text


def test_a_short_secret_does_not_eat_the_evidence(vault: Vault) -> None:
    assert vault.redact('{"secret":"whsec_1","n":1}') != '{"secret":"whsec_1","n":1}'

    assert vault.redact('{"n":1,"status":"queued"}') == '{"n":1,"status":"queued"}'


def test_two_secrets_never_share_a_token(vault: Vault) -> None:
    assert vault.keep("another secret", "primary") != vault.keep(KEY, "primary")
    assert vault.reveal("REDACTED-primary") == KEY


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Basic dXNlcjpwYXNz", "Basic REDACTED-"),
        ("authorization", "opensesame", "REDACTED-"),
        ("Cookie", "a=1; b=2", "REDACTED-"),
        ("Authorization", f"Bearer gimg_{KEY}", "Bearer gimg_REDACTED-primary"),
        ("Authorization", "", ""),
        ("X-Other", "a=1", "a=1"),
    ],
)
def test_credentials_are_secret_whatever_they_look_like(vault: Vault, name: str, value: str, shown: str) -> None:
    redacted = vault.redact_header(name, value)

    assert redacted.startswith(shown)
    assert vault.reveal(redacted) == value


def test_a_lone_surrogate_is_no_obstacle(vault: Vault) -> None:
    assert vault.reveal(vault.redact(r'{"secret":"\ud800 lone surrogate"}')).startswith('{"secret":"')


def test_no_representation_shows_a_secret(vault: Vault) -> None:
    assert KEY not in repr(vault)
    assert "salt" not in repr(vault).removeprefix("Vault(")


def test_tokens_differ_between_runs() -> None:
    assert Vault("one").keep("a secret") != Vault("two").keep("a secret")


@pytest.mark.parametrize("end", ["", "\N{HORIZONTAL ELLIPSIS}", "&X-Amz-Date=1"])
def test_a_text_that_quotes_another_processes_tokens_stays_as_it_is(vault: Vault, end: str) -> None:
    """Who judges evidence again never had the secrets, and must come to the same report."""
    quoted = f"https://h/?X-Amz-Credential=REDACTED-0123456789ab&X-Amz-Signature=REDACTED-ba9876543210{end}"

    assert vault.hide(quoted) == quoted
    assert "REDACTED-0123456789ab" not in vault.redact(quoted)


def test_the_beginning_of_a_key_does_not_hide_the_key(vault: Vault) -> None:
    beginning = vault.redact_header("Authorization", f"Bearer gimg_{KEY[:13]}")
    whole = vault.redact_header("Authorization", f"Bearer gimg_{KEY}")

    assert KEY[:13] not in beginning
    assert whole == "Bearer gimg_REDACTED-primary"
    assert vault.reveal(beginning) == f"Bearer gimg_{KEY[:13]}"


def test_a_secret_that_is_found_by_its_shape_is_hidden_without_it_too(vault: Vault) -> None:
    secret = "fedcba9876543210" * 2
    for body in (f'{{"secret":"whsec_{secret}","raw":"{secret}"}}', f'{{"raw":"{secret}","secret":"whsec_{secret}"}}'):
        assert secret not in Vault("salt").redact(body)


def test_a_text_that_quotes_what_was_captured_keeps_its_tokens(vault: Vault) -> None:
    token = vault.keep("0123456789abcdef0123", "primary")
    quoted = f"expected {token}; received 0123456789abcdef0123 and gimg_{'x' * 32}"

    hidden = vault.hide(quoted)

    assert hidden.startswith(f"expected {token}; received {token} and gimg_REDACTED-")
    assert vault.hide(hidden) == hidden


def test_a_key_in_a_query_stays_the_key_that_has_a_name(vault: Vault) -> None:
    key = f"gimg_{KEY}"

    assert vault.redact(f"https://t/x?access_token={key}&token={key}") == (
        "https://t/x?access_token=gimg_REDACTED-primary&token=gimg_REDACTED-primary"
    )
    assert vault.redact(f"Bearer {key}") == "Bearer gimg_REDACTED-primary"
