"""Servers that miscount the calls that are under way at the same time."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.limiter import throttled
from conformance.reference.model import Account
from conformance.reference.request import Disconnected, Request
from conformance.reference.response import Response


def _at_most(service: Service, calls: int) -> None:
    limiter = service.parts.limiter
    limiter.rules = replace(limiter.rules, concurrency=calls)


@breaks("RATE-20")
def four_at_once(service: Service) -> None:
    """Off by one: customers who were sold five workers see one of them fail."""
    _at_most(service, 4)


@breaks("RATE-21")
def any_number_at_once(service: Service) -> None:
    """There is no limit: one customer's burst takes all the workers."""
    _at_most(service, 10**6)


@breaks("RATE-22", "API-2")
def a_burst_is_a_server_error(service: Service) -> None:
    """The pool of workers throws when it is empty, and the exception becomes a 500."""

    def change(request: Request, response: Response) -> Response:
        after = int(response.header("Retry-After") or 0)
        if response.status == 429 and after <= 60 and service.parts.limiter.in_flight[request.caller.key] >= 5:
            told = ApiError(500, "busy", "no worker").response()
            return told.with_headers(service.parts.limiter.headers(request)) if request.path else told
        return response

    service.rewriters.append(change)


@breaks("RATE-23")
def a_burst_is_punished_for_an_hour(service: Service) -> None:
    """The 429 of a burst carries the window's reset."""
    limiter = service.parts.limiter
    limiter.rules = replace(limiter.rules, concurrency_retry_after=3600)


def leaks(service: Service, *kinds: type[BaseException], status: int = 0) -> None:
    """A slot is not given back when the call ends in one of these exceptions (with this status)."""
    limiter = service.parts.limiter
    proper, lost = limiter.slot, Counter[str]()

    @contextmanager
    def slot(request: Request) -> Iterator[None]:
        key = limiter.subject(request)
        if limiter.in_flight[key] + lost[key] >= limiter.rules.concurrency:
            limiter.in_flight[key] += lost[key]
            try:
                with proper(request):
                    yield
            finally:
                limiter.in_flight[key] -= lost[key]
            return
        with proper(request):
            try:
                yield
            except kinds as error:
                lost[key] += not status or getattr(error, "status", 0) == status
                raise

    limiter.slot = slot  # type: ignore[method-assign]


@breaks("RATE-25")
def an_invalid_body_keeps_its_slot(service: Service) -> None:
    """The slot is given back after the work, not in a finally: five typing errors lock a customer out."""
    leaks(service, ApiError, status=400)


@breaks("RATE-27")
def a_rejected_prompt_keeps_its_slot(service: Service) -> None:
    """The same, for the content policy's exception only."""
    leaks(service, ApiError, status=422)


@breaks("RATE-28")
def a_broken_call_keeps_its_slot(service: Service) -> None:
    """A client that goes away in the middle of its body leaves its slot taken for ever."""
    leaks(service, Disconnected)


@breaks("RATE-24")
def a_throttled_call_keeps_a_slot(service: Service) -> None:
    """Counted up before it is looked at, and not down again on refusal: a burst is the end of the key."""
    limiter = service.parts.limiter
    proper = limiter.slot

    @contextmanager
    def slot(request: Request) -> Iterator[None]:
        try:
            with proper(request):
                yield
        except ApiError as error:
            limiter.in_flight[limiter.subject(request)] += error.status == 429
            raise

    limiter.slot = slot  # type: ignore[method-assign]


@breaks("RATE-26")
def strangers_take_slots(service: Service) -> None:
    """Slots are counted over all callers before they are authenticated, and refused ones never give theirs back."""
    limiter, authenticator = service.parts.limiter, service.parts.authenticator
    proper, strangers = authenticator.account_of, Counter[str]()

    def account_of(request: Request) -> Account:
        try:
            account = proper(request)
        except ApiError:
            strangers[request.route] += request.route == "generate"
            raise
        if strangers["generate"] >= 6 and account.name == "burner":
            limiter.in_flight[account.key] = max(limiter.in_flight[account.key], 3)
        return account

    authenticator.account_of = account_of  # type: ignore[method-assign]


@breaks("RATE-20")
def five_for_all_keys_together(service: Service) -> None:
    """One pool for everybody: a busy customer is everybody's 429."""
    limiter = service.parts.limiter
    proper = limiter.slot

    @contextmanager
    def slot(request: Request) -> Iterator[None]:
        if limiter.in_flight.total() >= limiter.rules.concurrency:
            raise throttled("Too many requests are in flight.", 1)
        with proper(request):
            yield

    limiter.slot = slot  # type: ignore[method-assign]


@breaks("RATE-24")
def an_unknown_id_keeps_its_slot(service: Service) -> None:
    """Polls of deleted generations lock a customer out, one by one."""
    leaks(service, ApiError, status=404)


@breaks("RATE-24")
def a_replay_keeps_its_slot(service: Service) -> None:
    """The shortcut for a repeated idempotency key returns past the release."""
    seen = set[str]()

    def repeated(request: Request) -> bool:
        key = request.header("idempotency-key") or ""
        found = key in seen
        seen.update({key} - {""})
        return found

    _keeps(service, repeated)


def _keeps(service: Service, when: Callable[[Request], bool]) -> None:
    """A slot is never given back by these requests."""
    limiter = service.parts.limiter
    proper = limiter.slot

    @contextmanager
    def slot(request: Request) -> Iterator[None]:
        with proper(request):
            yield
        limiter.in_flight[limiter.subject(request)] += when(request)

    limiter.slot = slot  # type: ignore[method-assign]


def _at_work(service: Service, limit: int, *forgotten: str, together: bool = False) -> None:
    """Generations at work are what is limited, of each key or of all `together`.

    Those that ended in a status of `forgotten` count for ever.
    """
    limiter = service.parts.limiter
    proper, statuses = limiter.slot, {"queued", "running", *forgotten}

    @contextmanager
    def slot(request: Request) -> Iterator[None]:
        own = [g for g in service.parts.generations.values() if together or g.account is request.caller]
        if request.route == "generate" and sum(g.status in statuses for g in own) >= limit:
            raise throttled("Too many generations are at work.", 3)
        limiter.in_flight.clear()
        with proper(request):
            yield

    limiter.slot = slot  # type: ignore[method-assign]


@breaks("RATE-20")
def four_generations_at_work(service: Service) -> None:
    """The other reading of the limit, off by one."""
    _at_work(service, 4)


@breaks("RATE-20")
def five_generations_for_all_keys_together(service: Service) -> None:
    """One pool of machines, divided by nobody: one customer's batch is everybody's 429."""
    _at_work(service, 5, together=True)


@breaks("RATE-24")
def a_failed_generation_is_at_work_for_ever(service: Service) -> None:
    """The counter goes down on success only: five failures lock a customer out."""
    _at_work(service, 5, "failed")


@breaks("RATE-24")
def a_blocked_generation_is_at_work_for_ever(service: Service) -> None:
    """Moderation ends a generation past the place where its slot is given back."""
    _at_work(service, 5, "blocked")
