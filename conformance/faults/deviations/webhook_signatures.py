"""Servers whose deliveries are signed or numbered wrongly."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from dataclasses import replace

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import around, on_attempt, on_header, on_result, with_header
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt

SIGNATURE, ID = "X-Gptimg-Signature", "X-Gptimg-Delivery"
RETRIES = {"SIGN-4": "retries are signed in the same way"}


def _signs(service: Service, sign: Callable[[str, bytes], str]) -> None:
    """Every delivery is signed so."""
    around(service.parts.signer, "sign", lambda _, secret, body: sign(secret, body))


def _hmac(key: str, body: bytes, algorithm: str = "sha256") -> str:
    return hmac.new(key.encode(), body, algorithm).hexdigest()


def _without_whsec(attempt: Attempt) -> str:
    """The signature by the secret less its prefix."""
    return _hmac(attempt.webhook.secret.removeprefix("whsec_"), attempt.body)


@breaks("SIGN-1")
def deliveries_are_not_signed(service: Service) -> None:
    """The signer was left out of the deployment: receivers that verify refuse everything, others can be deceived."""
    on_header(service, SIGNATURE, lambda *_: None)


@breaks("SIGN-1", along=("retry",))
def retries_are_not_signed(service: Service) -> None:
    """The retry queue keeps the body and forgets the headers: receivers that were down refuse what they missed."""
    on_header(service, SIGNATURE, lambda attempt, proper: proper if attempt.number == 1 else None)


@breaks("SIGN-1", along=("event",))
def failures_are_not_signed(service: Service) -> None:
    """The failure path has its own sender, which does not sign: receivers that verify refuse all failures."""
    on_header(service, SIGNATURE, lambda attempt, proper: proper if attempt.generation.status == "succeeded" else None)


@breaks("SIGN-2")
def signature_in_base64(service: Service) -> None:
    """The digest is encoded with the library's default: timingSafeEqual throws, because the lengths differ."""
    _signs(service, lambda secret, body: base64.b64encode(bytes.fromhex(_hmac(secret, body))).decode())


@breaks("SIGN-2")
def signature_with_a_prefix(service: Service) -> None:
    """The signature is written as another vendor does, with sha256= before it: every verification fails."""
    _signs(service, lambda secret, body: f"sha256={_hmac(secret, body)}")


@breaks("SIGN-2")
def signature_in_capitals(service: Service) -> None:
    """The digest is formatted in capitals: a receiver's comparison of strings fails."""
    _signs(service, lambda secret, body: _hmac(secret, body).upper())


@breaks("SIGN-2")
def signature_by_sha1(service: Service) -> None:
    """The algorithm is an older default: the digest has 40 digits, and the documented example refuses it."""
    _signs(service, lambda secret, body: _hmac(secret, body, "sha1"))


@breaks("SIGN-2")
def signature_by_sha512(service: Service) -> None:
    """The algorithm was made stronger without a new version: the digest has 128 digits, and receivers refuse it."""
    _signs(service, lambda secret, body: _hmac(secret, body, "sha512"))


@breaks("SIGN-2", along=("retry",))
def retries_in_capitals(service: Service) -> None:
    """The retry queue encodes bytes in another way: receivers that were down refuse what they missed, by its case."""
    on_header(service, SIGNATURE, lambda attempt, proper: proper if attempt.number == 1 else proper.upper())


@breaks("SIGN-3", also=RETRIES)
def secret_without_whsec_as_key(service: Service) -> None:
    """The prefix is taken for decoration and cut off before signing: every verification fails."""
    _signs(service, lambda secret, body: _hmac(secret.removeprefix("whsec_"), body))


@breaks("SIGN-3", also=RETRIES)
def signature_of_another_serialisation(service: Service) -> None:
    """The body is serialised again for the signer, with blanks: the bytes differ, and every verification fails."""
    _signs(service, lambda secret, body: _hmac(secret, json.dumps(json.loads(body)).encode()))


@breaks("SIGN-3", also=RETRIES)
def signature_of_data_alone(service: Service) -> None:
    """The envelope is added after signing: an attacker changes the event."""
    _signs(
        service,
        lambda secret, body: _hmac(secret, json.dumps(json.loads(body)["data"], separators=(",", ":")).encode()),
    )


@breaks("SIGN-3", also=RETRIES)
def signature_without_a_key(service: Service) -> None:
    """A plain SHA-256 of the body stands in place of an HMAC: anybody can make it."""
    _signs(service, lambda _, body: hashlib.sha256(body).hexdigest())


@breaks("SIGN-3", also=RETRIES)
def one_key_for_an_account(service: Service) -> None:
    """The secret is looked up by account and not by endpoint: a customer's second receiver refuses everything."""
    registry = service.parts.registry

    def value(attempt: Attempt, _: str) -> str:
        own = registry.of(attempt.webhook.account)
        return _hmac(own[0].secret if own else attempt.webhook.secret, attempt.body)

    on_header(service, SIGNATURE, value)


@breaks("SIGN-3", along=("event",))
def failures_are_signed_without_whsec(service: Service) -> None:
    """The failure path has its own signer, which strips the prefix: receivers refuse all failures."""

    def value(attempt: Attempt, proper: str) -> str:
        first_of_failed = attempt.generation.status == "failed" and attempt.number == 1
        return _without_whsec(attempt) if first_of_failed else proper

    on_header(service, SIGNATURE, value)


@breaks("SIGN-4")
def retries_are_signed_wrongly(service: Service) -> None:
    """The retry is signed over a body that was serialised again: receivers that were down refuse what they missed."""

    def value(attempt: Attempt, proper: str) -> str:
        again = json.dumps(json.loads(attempt.body), indent=1).encode()
        return proper if attempt.number == 1 else _hmac(attempt.webhook.secret, again)

    on_header(service, SIGNATURE, value)


@breaks("SIGN-4")
def the_last_retry_is_signed_wrongly(service: Service) -> None:
    """The last attempt is made by a dead-letter job with another key: it is refused, and the event lost."""
    retries = len(service.parts.rules.retry_delays)
    on_header(
        service, SIGNATURE, lambda attempt, proper: proper if attempt.number <= retries else _hmac("dead", attempt.body)
    )


@breaks("SIGN-5")
def deliveries_have_no_id(service: Service) -> None:
    """The header is missing in the sender's template: receivers cannot recognise a repeated delivery."""
    on_header(service, ID, lambda *_: None)


@breaks("SIGN-5")
def ids_are_numbers(service: Service) -> None:
    """The id is the row's number, not a UUID: receivers whose column is a UUID lose every delivery."""
    on_header(service, ID, lambda _, proper: str(uuid.UUID(proper).int % 10**12))


@breaks("SIGN-5")
def ids_without_hyphens(service: Service) -> None:
    """The id is printed as 32 digits: parsers of UUIDs that insist on hyphens refuse it."""
    on_header(service, ID, lambda _, proper: proper.replace("-", ""))


@breaks("SIGN-6")
def every_attempt_has_a_new_id(service: Service) -> None:
    """The id is that of the attempt's row: a delivery whose answer was lost is processed twice."""
    on_header(service, ID, lambda attempt, proper: str(uuid.uuid5(uuid.UUID(proper), str(attempt.number))))


@breaks("SIGN-6")
def the_third_attempt_has_a_new_id(service: Service) -> None:
    """The id is kept in a cache that forgets after a minute: a receiver that was down processes events twice."""
    on_header(
        service,
        ID,
        lambda attempt, proper: proper if attempt.number < 3 else str(uuid.uuid5(uuid.UUID(proper), "late")),
    )


@breaks("SIGN-7")
def the_id_is_the_endpoints(service: Service) -> None:
    """The id is taken from the endpoint's row: receivers drop all deliveries but the first as repeated."""
    on_header(service, ID, lambda attempt, _: attempt.webhook.id)


@breaks("SIGN-8")
def the_id_is_the_generations(service: Service) -> None:
    """The id is taken from the generation's row: a receiver behind two endpoints drops one of the events."""
    on_header(service, ID, lambda attempt, _: attempt.generation.id)


@breaks("SIGN-9")
def retries_have_another_body(service: Service) -> None:
    """The body is written again for each attempt, with its number: a receiver that compares bodies sees two events."""
    signer = service.parts.signer

    def change(attempt: Attempt) -> Attempt:
        if attempt.number == 1:
            return attempt
        body = json.dumps({**json.loads(attempt.body), "attempt": attempt.number}).encode()
        return with_header(replace(attempt, body=body), SIGNATURE, signer.sign(attempt.webhook.secret, body))

    on_attempt(service, change)


@breaks("HOOK-21", along=("retry",))
def retries_are_forms(service: Service) -> None:
    """The retry's client has another default for the media type: frameworks hand over an empty body."""
    form = "application/x-www-form-urlencoded"
    on_header(service, "Content-Type", lambda attempt, proper: form if attempt.number > 1 else proper)


@breaks("HOOK-22", along=("retry",))
def retries_name_another_event(service: Service) -> None:
    """A retry is announced as an event of its own: routers that look at the header drop it."""
    on_header(service, "X-Gptimg-Event", lambda attempt, proper: "generation.retry" if attempt.number == 3 else proper)


def _on_edits(service: Service, name: str, value: Callable[[Attempt, str], str | None]) -> None:
    """A header of the attempts of edits has another value."""
    on_header(
        service,
        name,
        lambda attempt, proper: value(attempt, proper) if attempt.generation.order.type == "edit" else proper,
    )


@breaks("SIGN-1", along=("order",))
def edits_are_not_signed(service: Service) -> None:
    """Edits run in another worker, which was never given the secrets: receivers that verify refuse all edits."""
    _on_edits(service, SIGNATURE, lambda *_: None)


@breaks("SIGN-2", along=("order",))
def edits_are_signed_in_capitals(service: Service) -> None:
    """The edits' worker is written in a language that prints digests in capitals: receivers refuse all edits."""
    _on_edits(service, SIGNATURE, lambda _, proper: proper.upper())


@breaks("SIGN-3", along=("order",))
def edits_are_signed_without_whsec(service: Service) -> None:
    """The edits' worker knows the secret as the database has it, without its prefix: receivers refuse all edits."""
    _on_edits(service, SIGNATURE, lambda attempt, _: _without_whsec(attempt))


@breaks("SIGN-5", along=("order",))
def ids_of_edits_are_numbers(service: Service) -> None:
    """The edits' worker numbers its deliveries: receivers whose column is a UUID lose those of edits."""
    _on_edits(service, ID, lambda _, proper: str(uuid.UUID(proper).int))


@breaks("SIGN-8", along=("order",))
def the_id_of_an_edit_is_the_generations(service: Service) -> None:
    """The edits' worker takes the id from the generation's row: one of two systems never hears of an edit."""
    _on_edits(service, ID, lambda attempt, _: attempt.generation.id)


MANY = 10
"""Endpoints of an account in one batch of a sender."""


def _batches(service: Service) -> Callable[[Attempt], int]:
    """Finds the number of the batch that an endpoint was in, among the account's, at its first attempt."""
    found = dict[str, int]()

    def batch(attempt: Attempt) -> int:
        known = [webhook.id for webhook in service.parts.registry.of(attempt.webhook.account)]
        here = attempt.webhook.id
        return found.setdefault(here, known.index(here) // MANY if here in known else 0)

    return batch


@breaks("SIGN-3", also=RETRIES)
def a_second_batch_is_signed_with_the_first_secret(service: Service) -> None:
    """Beyond the first batch of an account's endpoints a loop's variable is stale: the later refuse everything."""
    batch = _batches(service)

    def value(attempt: Attempt, proper: str) -> str:
        first = service.parts.registry.of(attempt.webhook.account)[0]
        return _hmac(first.secret, attempt.body) if batch(attempt) else proper

    on_header(service, SIGNATURE, value)


@breaks("SIGN-5", "SIGN-6")
def ids_of_retries_are_numbered(service: Service) -> None:
    """The number of the attempt is appended to the id: nothing is deduplicated, and columns are too short."""
    on_header(service, ID, lambda attempt, proper: proper if attempt.number == 1 else f"{proper}-{attempt.number}")


@breaks("SIGN-8")
def the_id_is_that_of_the_batch(service: Service) -> None:
    """Beyond the first batch of endpoints there is one id for each batch: receivers drop events as repeated."""
    batch = _batches(service)

    def value(attempt: Attempt, proper: str) -> str:
        number = batch(attempt)
        return str(uuid.uuid5(uuid.UUID(attempt.generation.id), str(number))) if number else proper

    on_header(service, ID, value)


def _rewritten_on_retries(service: Service, change: Callable[[bytes], bytes]) -> None:
    """Retries have the body that `change` makes of the proper one, and are signed over it."""

    def rewrite(attempt: Attempt) -> Attempt:
        if attempt.number == 1:
            return attempt
        body = change(attempt.body)
        signature = service.parts.signer.sign(attempt.webhook.secret, body)
        return with_header(replace(attempt, body=body), SIGNATURE, signature)

    on_attempt(service, rewrite)


@breaks("SIGN-9")
def retries_have_sorted_members(service: Service) -> None:
    """The retry queue keeps the event in a column of JSON, which sorts members: compared bodies are two events."""
    _rewritten_on_retries(
        service, lambda body: json.dumps(json.loads(body), separators=(",", ":"), sort_keys=True).encode()
    )


@breaks("SIGN-9")
def retries_have_times_with_an_offset(service: Service) -> None:
    """The retry queue parses times and writes them its own way: a receiver that compares bodies sees two events."""
    _rewritten_on_retries(service, lambda body: body.replace(b'Z"', b'+00:00"'))


@breaks("SIGN-9")
def retries_show_the_record_of_today(service: Service) -> None:
    """A retry reads the record again, which meanwhile says when it was looked at: its bytes are others."""
    _rewritten_on_retries(service, lambda body: body[:-2] + b',"viewedAt":null}}')


@breaks("SIGN-4")
def retries_are_signed_with_the_newest_secret(service: Service) -> None:
    """A retry looks its secret up by account, and takes the newest: receivers that were down refuse it."""
    registry = service.parts.registry

    def value(attempt: Attempt, proper: str) -> str:
        own = registry.of(attempt.webhook.account)
        return proper if attempt.number == 1 or not own else _hmac(own[-1].secret, attempt.body)

    on_header(service, SIGNATURE, value)


@breaks("SIGN-6")
def the_last_attempt_has_a_new_id(service: Service) -> None:
    """The dead-letter job makes a delivery of its own: a receiver whose answers were lost processes the event twice."""
    last = len(service.parts.rules.retry_delays) + 1
    on_header(
        service,
        ID,
        lambda attempt, proper: str(uuid.uuid5(uuid.UUID(proper), "dead")) if attempt.number == last else proper,
    )


def _prompt_in_the_payload(service: Service) -> None:
    on_result(
        service.parts.presenter,
        "payload",
        lambda body, generation: body | {"data": body["data"] | {"prompt": generation.order.prompt}},
    )


@breaks("SIGN-3", along=("non-ascii",))
def text_is_escaped_for_the_signer(service: Service) -> None:
    """The signer's serialiser escapes what the sender's leaves: whoever writes Chinese prompts refuses every event."""
    _prompt_in_the_payload(service)
    _signs(
        service,
        lambda secret, body: _hmac(secret, json.dumps(json.loads(body), separators=(",", ":")).encode()),
    )


@breaks("SIGN-3", along=("non-ascii",))
def text_is_signed_as_latin(service: Service) -> None:
    """The signer's library takes strings and replaces what is not Latin: an emoji in a prompt breaks verification."""
    _prompt_in_the_payload(service)
    _signs(
        service,
        lambda secret, body: hmac.new(
            secret.encode(), body.decode().encode("latin-1", "replace") if not body.isascii() else body, "sha256"
        ).hexdigest(),
    )


@breaks("SIGN-3", along=("non-ascii",))
def text_is_escaped_after_signing(service: Service) -> None:
    """A proxy makes the body ASCII on its way out: whoever writes Chinese prompts refuses every event."""
    _prompt_in_the_payload(service)

    def escaped(attempt: Attempt) -> Attempt:
        body = json.dumps(json.loads(attempt.body), separators=(",", ":")).encode()
        return attempt if attempt.body.isascii() else replace(attempt, body=body)

    on_attempt(service, escaped)


def _of_others(service: Service, name: str, value: Callable[[Attempt, str], str | None]) -> None:
    """A header of the attempts at the endpoints of every account but the first has another value."""
    first = next(iter(service.parts.accounts))
    on_header(
        service,
        name,
        lambda attempt, proper: proper if attempt.webhook.account.name == first else value(attempt, proper),
    )


@breaks("SIGN-3", along=("account",))
def other_accounts_are_signed_with_the_secret_of_the_first(service: Service) -> None:
    """The secret is looked up without the account: the first customer can forge the events of all others."""
    registry = service.parts.registry
    _of_others(
        service, SIGNATURE, lambda attempt, _: _hmac(next(iter(registry.webhooks.values())).secret, attempt.body)
    )


@breaks("SIGN-1", along=("account",))
def other_accounts_are_not_signed(service: Service) -> None:
    """Signing is behind a flag that only the first customers have: those who came later are deceived easily."""
    _of_others(service, SIGNATURE, lambda *_: None)
