"""Servers whose deliveries are signed or numbered wrongly."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from dataclasses import replace

from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.dispatcher import Attempt

SIGNATURE, ID = "X-Gptimg-Signature", "X-Gptimg-Delivery"
Sign = Callable[[str, bytes], str]


def _signs(service: Service, sign: Sign) -> None:
    """Every delivery is signed so."""
    service.parts.signer.sign = lambda secret, body: sign(secret, body)  # type: ignore[method-assign]  # noqa: PLW0108 - names


def _header(service: Service, name: str, value: Callable[[Attempt, str], str | None]) -> None:
    """A header of every attempt is what `value` makes of the attempt and the proper value; None: it is missing."""

    def change(attempt: Attempt) -> Attempt:
        proper = dict(attempt.headers)[name]
        kept = tuple(pair for pair in attempt.headers if pair[0] != name)
        made = value(attempt, proper)
        return replace(attempt, headers=kept if made is None else (*kept, (name, made)))

    service.dispatcher.disturbers.append(change)


def _hmac(key: str, body: bytes, algorithm: str = "sha256") -> str:
    return hmac.new(key.encode(), body, algorithm).hexdigest()


@breaks("SIGN-1")
def deliveries_are_not_signed(service: Service) -> None:
    """Receivers that verify refuse everything; the others can be deceived by anybody."""
    _header(service, SIGNATURE, lambda *_: None)


@breaks("SIGN-1")
def retries_are_not_signed(service: Service) -> None:
    """The retry queue keeps the body and forgets the headers."""
    _header(service, SIGNATURE, lambda attempt, proper: proper if attempt.number == 1 else None)


@breaks("SIGN-1")
def failures_are_not_signed(service: Service) -> None:
    """The failure path has its own sender, which does not sign."""
    _header(service, SIGNATURE, lambda a, proper: proper if a.generation.status == "succeeded" else None)


@breaks("SIGN-2")
def signature_in_base64(service: Service) -> None:
    """timingSafeEqual throws, because the lengths differ."""
    _signs(service, lambda secret, body: base64.b64encode(bytes.fromhex(_hmac(secret, body))).decode())


@breaks("SIGN-2")
def signature_with_a_prefix(service: Service) -> None:
    """The signature begins with sha256=, as another vendor's does."""
    _signs(service, lambda secret, body: f"sha256={_hmac(secret, body)}")


@breaks("SIGN-2")
def signature_in_capitals(service: Service) -> None:
    """A comparison of strings fails."""
    _signs(service, lambda secret, body: _hmac(secret, body).upper())


@breaks("SIGN-2")
def signature_by_sha1(service: Service) -> None:
    """The digest has 40 digits: the documented example refuses it."""
    _signs(service, lambda secret, body: _hmac(secret, body, "sha1"))


@breaks("SIGN-2")
def signature_by_sha512(service: Service) -> None:
    """The digest has 128 digits."""
    _signs(service, lambda secret, body: _hmac(secret, body, "sha512"))


@breaks("SIGN-2")
def retries_in_capitals(service: Service) -> None:
    """The retry queue encodes bytes in another way."""
    _header(service, SIGNATURE, lambda attempt, proper: proper if attempt.number == 1 else proper.upper())


@breaks("SIGN-3", also={"SIGN-4": "retries are signed in the same way"})
def secret_without_whsec_as_key(service: Service) -> None:
    """The prefix is taken for decoration: every verification fails."""
    _signs(service, lambda secret, body: _hmac(secret.removeprefix("whsec_"), body))


@breaks("SIGN-3", also={"SIGN-4": "retries are signed in the same way"})
def signature_of_another_serialisation(service: Service) -> None:
    """What is signed is the body serialised again, with blanks: the bytes differ, the JSON does not."""
    _signs(service, lambda secret, body: _hmac(secret, json.dumps(json.loads(body)).encode()))


@breaks("SIGN-3", also={"SIGN-4": "retries are signed in the same way"})
def signature_of_data_alone(service: Service) -> None:
    """The envelope is not signed: an attacker changes the event."""
    _signs(
        service,
        lambda secret, body: _hmac(secret, json.dumps(json.loads(body)["data"], separators=(",", ":")).encode()),
    )


@breaks("SIGN-3", also={"SIGN-4": "retries are signed in the same way"})
def signature_without_a_key(service: Service) -> None:
    """A plain SHA-256 of the body: anybody can make it."""
    _signs(service, lambda _, body: hashlib.sha256(body).hexdigest())


@breaks("SIGN-3", also={"SIGN-4": "retries are signed in the same way"})
def one_key_for_an_account(service: Service) -> None:
    """Every endpoint of an account is signed with the secret of its first one."""
    registry = service.parts.registry

    def value(attempt: Attempt, _: str) -> str:
        own = [webhook for webhook in registry.webhooks.values() if webhook.account == attempt.webhook.account]
        return _hmac(own[0].secret if own else attempt.webhook.secret, attempt.body)

    _header(service, SIGNATURE, value)


@breaks("SIGN-3")
def failures_are_signed_without_whsec(service: Service) -> None:
    """Only the failure path strips the prefix."""

    def value(attempt: Attempt, proper: str) -> str:
        if attempt.generation.status != "failed" or attempt.number > 1:
            return proper
        return _hmac(attempt.webhook.secret.removeprefix("whsec_"), attempt.body)

    _header(service, SIGNATURE, value)


@breaks("SIGN-4")
def retries_are_signed_wrongly(service: Service) -> None:
    """The retry is signed over a body serialised again: receivers that were down refuse what they missed."""

    def value(attempt: Attempt, proper: str) -> str:
        again = json.dumps(json.loads(attempt.body), indent=1).encode()
        return proper if attempt.number == 1 else _hmac(attempt.webhook.secret, again)

    _header(service, SIGNATURE, value)


@breaks("SIGN-4")
def the_last_retry_is_signed_wrongly(service: Service) -> None:
    """The last attempt is made by a dead-letter job with another key."""
    _header(service, SIGNATURE, lambda a, proper: proper if a.number < 4 else _hmac("dead", a.body))


@breaks("SIGN-5")
def deliveries_have_no_id(service: Service) -> None:
    """Receivers cannot recognise a repeated delivery."""
    _header(service, ID, lambda *_: None)


@breaks("SIGN-5")
def ids_are_numbers(service: Service) -> None:
    """The id is the row's number, not a UUID."""
    _header(service, ID, lambda _, proper: str(uuid.UUID(proper).int % 10**12))


@breaks("SIGN-5")
def ids_without_hyphens(service: Service) -> None:
    """The id is 32 digits: parsers of UUIDs that insist on hyphens refuse it."""
    _header(service, ID, lambda _, proper: proper.replace("-", ""))


@breaks("SIGN-6")
def every_attempt_has_a_new_id(service: Service) -> None:
    """A delivery whose answer was lost is processed twice."""
    _header(service, ID, lambda a, proper: str(uuid.uuid5(uuid.UUID(proper), str(a.number))))


@breaks("SIGN-6")
def the_third_attempt_has_a_new_id(service: Service) -> None:
    """The id is kept in a cache that forgets after a minute."""
    _header(service, ID, lambda a, proper: proper if a.number < 3 else str(uuid.uuid5(uuid.UUID(proper), "late")))


@breaks("SIGN-7")
def the_id_is_the_endpoints(service: Service) -> None:
    """Every delivery to an endpoint has the same id: receivers drop all but the first."""
    _header(service, ID, lambda a, _: a.webhook.id)


@breaks("SIGN-8")
def the_id_is_the_generations(service: Service) -> None:
    """All endpoints get the same id: a receiver behind two endpoints drops one of the events."""
    _header(service, ID, lambda a, _: a.generation.id)


@breaks("SIGN-9")
def retries_have_another_body(service: Service) -> None:
    """The body is written again for each attempt, with the number of the attempt in it."""
    signer = service.parts.signer

    def change(attempt: Attempt) -> Attempt:
        if attempt.number == 1:
            return attempt
        body = json.dumps({**json.loads(attempt.body), "attempt": attempt.number}).encode()
        headers = tuple(pair for pair in attempt.headers if pair[0] != SIGNATURE)
        return replace(attempt, body=body, headers=(*headers, (SIGNATURE, signer.sign(attempt.webhook.secret, body))))

    service.dispatcher.disturbers.append(change)


@breaks("HOOK-21")
def retries_are_forms(service: Service) -> None:
    """The retry's client has another default for the media type."""
    form = "application/x-www-form-urlencoded"
    _header(service, "Content-Type", lambda a, proper: form if a.number > 1 else proper)


@breaks("HOOK-22")
def retries_name_another_event(service: Service) -> None:
    """A retry is announced as an event of its own."""
    _header(service, "X-Gptimg-Event", lambda a, proper: "generation.retry" if a.number == 3 else proper)


def _edit(attempt: Attempt) -> bool:
    return attempt.generation.order.type == "edit"


@breaks("SIGN-1")
def edits_are_not_signed(service: Service) -> None:
    """Edits run in another worker, which was never given the secrets."""
    _header(service, SIGNATURE, lambda attempt, proper: None if _edit(attempt) else proper)


@breaks("SIGN-2")
def edits_are_signed_in_capitals(service: Service) -> None:
    """The other worker is written in another language, with other habits."""
    _header(service, SIGNATURE, lambda attempt, proper: proper.upper() if _edit(attempt) else proper)


@breaks("SIGN-3")
def edits_are_signed_without_whsec(service: Service) -> None:
    """The other worker knows the secret as the database has it."""

    def value(attempt: Attempt, proper: str) -> str:
        return _hmac(attempt.webhook.secret.removeprefix("whsec_"), attempt.body) if _edit(attempt) else proper

    _header(service, SIGNATURE, value)


@breaks("SIGN-5")
def ids_of_edits_are_numbers(service: Service) -> None:
    """Receivers whose column is a UUID lose the deliveries of edits."""
    _header(service, ID, lambda attempt, proper: str(uuid.UUID(proper).int) if _edit(attempt) else proper)


@breaks("SIGN-8")
def the_id_of_an_edit_is_the_generations(service: Service) -> None:
    """Deduplicated by it, one of a customer's two systems never hears of an edit."""
    _header(service, ID, lambda attempt, proper: attempt.generation.id if _edit(attempt) else proper)


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


@breaks("SIGN-3", also={"SIGN-4": "retries are signed in the same way"})
def a_second_batch_is_signed_with_the_first_secret(service: Service) -> None:
    """Beyond ten endpoints of an account the loop's variable is that of the batch."""
    batch = _batches(service)

    def value(attempt: Attempt, proper: str) -> str:
        first = service.parts.registry.of(attempt.webhook.account)[0]
        return _hmac(first.secret, attempt.body) if batch(attempt) else proper

    _header(service, SIGNATURE, value)


@breaks("SIGN-5", "SIGN-6")
def ids_of_retries_are_numbered(service: Service) -> None:
    """The number of the attempt is appended: nothing is deduplicated, and the column is too short."""
    _header(service, ID, lambda a, proper: proper if a.number == 1 else f"{proper}-{a.number}")


@breaks("SIGN-8")
def the_id_is_that_of_the_batch(service: Service) -> None:
    """Beyond ten endpoints of an account ids are handed out once for each batch."""
    batch = _batches(service)

    def value(attempt: Attempt, proper: str) -> str:
        number = batch(attempt)
        return str(uuid.uuid5(uuid.UUID(attempt.generation.id), str(number))) if number else proper

    _header(service, ID, value)
