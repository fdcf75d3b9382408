"""Servers whose records go back, move, forget or contradict themselves."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import OMIT, status_becomes, writes
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Status
from conformance.reference.request import Request
from conformance.reference.response import Response

Record = dict[str, Any]
Alter = Callable[[Generation, Record], Record]
TERMINAL = {"succeeded", "failed", "blocked"}


def _records(service: Service, alter: Alter) -> None:
    """Change what polling shows of a generation; members set to OMIT are left out."""
    presenter = service.parts.presenter
    proper = presenter.record

    def record(generation: Generation) -> Record:
        altered = alter(generation, proper(generation))
        return {name: value for name, value in altered.items() if value is not OMIT}

    presenter.record = record  # type: ignore[method-assign]


def _over(service: Service, generation: Generation) -> float:
    """Seconds since the generation ended; negative as long as it has not."""
    ended = generation.completed_at
    return -1.0 if ended is None else service.parts.clock.now() - ended


@breaks("LIFE-1")
def a_generation_is_gone_once_it_is_over(service: Service) -> None:
    """Records live in the queue's memory: whoever polls a little late has paid for nothing."""
    _finds(service, lambda generation: _over(service, generation) < 5)


@breaks("LIFE-1")
def an_edit_is_not_found(service: Service) -> None:
    """Edits are stored in another table, which polling does not look at."""
    _finds(service, lambda generation: generation.order.type != "edit")


@breaks("LIFE-1")
def a_blocked_generation_is_forbidden_to_its_owner(service: Service) -> None:
    """Clients take the 403 for a lost plan and tell the customer to upgrade."""

    def change(request: Request, response: Response) -> Response:
        blocked = request.route == "generation" and b'"blocked"' in response.body
        return status_becomes(403)(response) if blocked else response

    service.rewriters.append(change)


def _finds(service: Service, known: Callable[[Generation], bool]) -> None:
    studio = service.studio
    proper = studio.find

    def find(account: Account, generation_id: str) -> Generation:
        generation = proper(account, generation_id)
        if not known(generation):
            raise ApiError(404, "not_found", "There is no such generation.")
        return generation

    studio.find = find  # type: ignore[method-assign]


@breaks("LIFE-3")
def a_record_is_an_array(service: Service) -> None:
    """A query that returns rows returns rows: every client reads fields of a list."""
    writes(
        service,
        lambda request, response: request.route == "generation" and response.status == 200,
        lambda response: response.with_json([response.json()]),
    )


@breaks("LIFE-4")
def the_id_is_that_of_the_job(service: Service) -> None:
    """The queue's own id is shown; clients that store it never find the record again."""
    _records(service, lambda generation, record: record | {"id": f"job-{record['id']}"})


@breaks("LIFE-4")
def the_id_of_an_ended_edit_is_another(service: Service) -> None:
    """An edit is shown under the id of the image it made."""
    _records(
        service,
        lambda generation, record: (
            record | {"id": record["id"][::-1]}
            if generation.order.type == "edit" and record["status"] in TERMINAL
            else record
        ),
    )


@breaks("LIFE-5")
def running_is_called_processing(service: Service) -> None:
    """A status that no client knows: their state machines stop."""
    _records(service, lambda generation, record: _with_status(record, running="processing"))


@breaks("LIFE-5")
def blocked_is_called_moderated(service: Service) -> None:
    """Clients wait for ever for an end that has come."""
    _records(service, lambda generation, record: _with_status(record, blocked="moderated"))


def _with_status(record: Record, **names: str) -> Record:
    return record | {"status": names.get(record["status"], record["status"])}


@breaks("LIFE-6")
def a_running_generation_is_queued_again(service: Service) -> None:
    """Every other poll is answered by a replica that lags behind."""
    seen: Counter[str] = Counter()

    def alter(generation: Generation, record: Record) -> Record:
        seen[generation.id] += record["status"] == "running"
        return _with_status(record, running="queued" if seen[generation.id] % 2 == 0 else "running")

    _records(service, alter)


@breaks("LIFE-7")
def an_ended_generation_runs_again(service: Service) -> None:
    """A worker that missed an acknowledgement takes the job up again, after the customer was told of its end."""

    def alter(generation: Generation, record: Record) -> Record:
        again = _over(service, generation) > 5 and record["status"] == "failed"
        return record | {"status": "running", "error": None, "completedAt": None} if again else record

    _records(service, alter)


@breaks("LIFE-7")
def a_failed_generation_becomes_blocked(service: Service) -> None:
    """A nightly clean-up reclassifies failures: reports of the day before no longer add up."""
    _records(
        service,
        lambda generation, record: (
            record | {"status": "blocked"}
            if generation.status == "failed" and _over(service, generation) > 5
            else record
        ),
    )


@breaks("LIFE-8")
def the_end_is_the_time_of_the_poll(service: Service) -> None:
    """completedAt is computed when it is asked for: durations grow with every look at them."""
    presenter = service.parts.presenter
    _records(
        service,
        lambda generation, record: (
            record | {"completedAt": presenter.time(service.parts.clock.now())}
            if generation.completed_at is not None
            else record
        ),
    )


@breaks("LIFE-8")
def urls_are_signed_anew_for_every_poll(service: Service) -> None:
    """Every poll gives other URLs: caches never hit, and stored links are taken for changed images."""
    polls = Counter[str]()

    def alter(generation: Generation, record: Record) -> Record:
        polls[generation.id] += 1
        fresh = f"?t={polls[generation.id]}"
        entries = [entry | {"png": entry["png"] + fresh, "webp": entry["webp"] + fresh} for entry in record["outputs"]]
        return record | {"outputs": entries}

    _records(service, alter)


@breaks("LIFE-8")
def the_price_of_a_failure_is_forgotten_later(service: Service) -> None:
    """The refund rewrites the record a while after its end: invoices and records disagree."""
    _records(
        service,
        lambda generation, record: (
            record | {"costCredits": 0} if generation.status == "failed" and _over(service, generation) > 5 else record
        ),
    )


@breaks("LIFE-8")
def the_order_of_outputs_changes(service: Service) -> None:
    """Rows come in no order: the customer's second image is the first at the next look."""
    polls = Counter[str]()

    def alter(generation: Generation, record: Record) -> Record:
        polls[generation.id] += generation.status == "succeeded"
        return record | {"outputs": record["outputs"][:: 1 if polls[generation.id] % 2 else -1]}

    _records(service, alter)


@breaks("LIFE-8", also={"OUT-2": "a succeeded generation has outputs"})
def outputs_vanish_after_an_hour(service: Service) -> None:
    """Links are cut off to save storage: what was bought is gone."""
    _records(
        service, lambda generation, record: record | {"outputs": []} if _over(service, generation) > 3000 else record
    )


@breaks("LIFE-9")
def an_edit_never_ends(service: Service) -> None:
    """Edits wait for a worker that nobody runs."""
    _ends(service, lambda generation, status: None if generation.order.type == "edit" else status)


@breaks("LIFE-9")
def a_generation_takes_seven_minutes(service: Service) -> None:
    """The queue is always long: what was promised within the minute comes when nobody waits for it any more."""
    rules = service.parts.rules
    service.parts.rules = service.studio.parts.rules = replace(rules, run_seconds=400.0)


@breaks("LIFE-9")
def a_failed_generation_stays_running(service: Service) -> None:
    """A worker that crashes tells nobody: the customer polls until he gives up, and has paid."""
    _ends(service, lambda generation, status: None if status == "failed" else status)


@breaks("LIFE-10")
def a_blocked_input_has_failed(service: Service) -> None:
    """Customers are told of a fault of the server where their prompt is to blame."""
    _ends(service, lambda generation, status: "failed" if status == "blocked" else status)


def _ends(service: Service, fate: Callable[[Generation, Status], Status | None]) -> None:
    studio = service.studio
    proper = studio.end

    def end(generation: Generation, status: Status, error: str | None = None) -> None:
        chosen = fate(generation, status)
        if chosen:
            proper(generation, chosen, error)

    studio.end = end  # type: ignore[method-assign]


@breaks("LIFE-11")
def every_generation_is_text2img(service: Service) -> None:
    """The column has a default that nobody overrides: edits are lost among the others."""
    _records(service, lambda generation, record: record | {"type": "text2img"})


@breaks("LIFE-11")
def an_edit_shows_its_type_only_at_the_end(service: Service) -> None:
    """Until the worker has written the result, the type is the default."""
    _records(
        service, lambda generation, record: record if record["status"] in TERMINAL else record | {"type": "text2img"}
    )


@breaks("LIFE-12")
def a_failure_is_not_explained(service: Service) -> None:
    """Support is asked what happened, and does not know either."""
    _errors(service, "failed", None)


@breaks("LIFE-12")
def the_error_is_an_object(service: Service) -> None:
    """Clients show [object Object]."""
    _errors(service, "failed", {"code": "upstream", "message": "The model failed"})


@breaks("LIFE-13")
def a_block_has_an_empty_error(service: Service) -> None:
    """The customer sees an empty message box."""
    _errors(service, "blocked", "")


@breaks("LIFE-13")
def a_block_leaves_the_error_out(service: Service) -> None:
    """Only failures are explained; a block says nothing."""
    _errors(service, "blocked", OMIT)


@breaks("LIFE-14")
def a_success_has_an_error(service: Service) -> None:
    """The error is "none": clients that test whether there is one throw good images away."""
    _errors(service, "succeeded", "none")


@breaks("LIFE-14")
def a_queued_generation_has_an_empty_error(service: Service) -> None:
    """A string that is empty until it is needed; clients that compare with null stop polling."""
    _errors(service, "queued", "")


def _errors(service: Service, status: str, error: object) -> None:
    _records(service, lambda generation, record: record | ({"error": error} if record["status"] == status else {}))


@breaks("LIFE-15", also={"PLAN-9": "a price that is no number is not 1"})
def the_price_is_a_string(service: Service) -> None:
    """Decimals of the database come out as strings: sums become concatenations."""
    _records(service, lambda generation, record: record | {"costCredits": str(record["costCredits"])})


@breaks("LIFE-15", also={"PLAN-9": "it is neither 1 nor 0 either"})
def a_refund_is_a_negative_price(service: Service) -> None:
    """Totals that add prices up give the money back twice."""
    _records(
        service,
        lambda generation, record: (
            record | {"costCredits": -record["costCredits"]} if record["status"] in {"failed", "blocked"} else record
        ),
    )


@breaks("LIFE-19")
def the_beginning_is_an_epoch(service: Service) -> None:
    """A number where a text is promised: date parsers throw."""
    _records(service, lambda generation, record: record | {"createdAt": int(generation.created_at)})


@breaks("LIFE-19")
def the_beginning_has_no_zone(service: Service) -> None:
    """Every client reads it in its own time zone."""
    _records(service, lambda generation, record: record | {"createdAt": record["createdAt"].removesuffix("Z")})


@breaks("LIFE-19")
def a_blank_stands_between_day_and_time(service: Service) -> None:
    """A database's own form of a time, for edits only."""
    _records(
        service,
        lambda generation, record: (
            record | {"createdAt": record["createdAt"].replace("T", " ")} if generation.order.type == "edit" else record
        ),
    )


@breaks("LIFE-20")
def the_beginning_is_when_it_began_to_run(service: Service) -> None:
    """createdAt moves when a worker takes the job: waiting times look like nothing."""
    presenter, rules = service.parts.presenter, service.parts.rules

    def alter(generation: Generation, record: Record) -> Record:
        if record["status"] == "queued":
            return record
        return record | {"createdAt": presenter.time(generation.created_at + rules.queue_seconds)}

    _records(service, alter)


@breaks("LIFE-20")
def the_beginning_loses_its_fraction_at_the_end(service: Service) -> None:
    """The archive keeps whole seconds: records of before and after are not recognised as the same."""
    _records(
        service,
        lambda generation, record: (
            record | {"createdAt": record["createdAt"][:19] + "Z"} if record["status"] in TERMINAL else record
        ),
    )


@breaks("LIFE-21")
def a_running_generation_has_an_end(service: Service) -> None:
    """An estimate stands where the end belongs: dashboards count jobs as done."""
    presenter = service.parts.presenter
    _records(
        service,
        lambda generation, record: (
            record | {"completedAt": presenter.time(generation.created_at + 3)}
            if record["status"] == "running"
            else record
        ),
    )


@breaks("LIFE-22")
def a_failure_has_no_end(service: Service) -> None:
    """completedAt is written with the outputs, and so for successes only."""
    _records(
        service,
        lambda generation, record: record | ({"completedAt": None} if record["status"] == "failed" else {}),
    )


@breaks("LIFE-22")
def the_end_is_in_milliseconds(service: Service) -> None:
    """One of the two times is ISO 8601, the other an epoch in milliseconds."""
    _records(
        service,
        lambda generation, record: (
            record | {"completedAt": int(generation.completed_at * 1000)} if generation.completed_at else record
        ),
    )


@breaks("LIFE-28")
def all_times_are_local_called_utc(service: Service) -> None:
    """A server in Taipei writes its wall clock with a Z behind it: durations are right, and everything is tomorrow."""
    presenter, eight_hours = service.parts.presenter, timedelta(hours=8).total_seconds()
    proper = presenter.time
    presenter.time = lambda moment: proper(moment + eight_hours)  # type: ignore[method-assign]


@breaks("LIFE-23")
def the_end_is_local_time_called_utc(service: Service) -> None:
    """A worker in New York writes its wall clock with a Z behind it: every duration is negative."""
    presenter, five_hours = service.parts.presenter, timedelta(hours=5).total_seconds()
    _records(
        service,
        lambda generation, record: (
            record | {"completedAt": presenter.time(generation.completed_at - five_hours)}
            if generation.completed_at
            else record
        ),
    )


@breaks("LIFE-23")
def a_block_ends_a_moment_before_it_began(service: Service) -> None:
    """Moderation runs before the row is written, and its clock is a tenth of a second slow."""
    presenter = service.parts.presenter
    _records(
        service,
        lambda generation, record: (
            record | {"completedAt": presenter.time(generation.created_at - 0.1)}
            if record["status"] == "blocked"
            else record
        ),
    )


@breaks("LIFE-24", also={"LIFE-25": "what is found is not answered 404", "LIFE-4": "it is another generation's record"})
def an_unknown_id_shows_the_latest(service: Service) -> None:
    """A look-up that falls back to the latest row: a typing error shows the wrong image."""

    def pick(account: Account, generation_id: str) -> Generation | None:
        own = [generation for generation in service.parts.generations.values() if generation.account == account]
        return own[-1] if own else None

    _falls_back(service, pick)


@breaks("LIFE-24", also={"LIFE-4": "it is another id than the one in the path"})
def the_beginning_of_an_id_is_enough(service: Service) -> None:
    """LIKE in place of =: a wildcard in the path finds anything of the account."""

    def pick(account: Account, generation_id: str) -> Generation | None:
        begin = generation_id.rstrip("%")
        own = [g for g in service.parts.generations.values() if g.account == account and generation_id.endswith("%")]
        return next((generation for generation in own if generation.id.startswith(begin)), None)

    _falls_back(service, pick)


@breaks("LIFE-24", also={"LIFE-4": "it is another id than the one in the path"})
def an_id_is_read_up_to_its_length(service: Service) -> None:
    """A column of fixed width cuts off what follows."""

    def pick(account: Account, generation_id: str) -> Generation | None:
        found = service.parts.generations.get(generation_id[:36])
        return found if found and found.account == account else None

    _falls_back(service, pick)


def _falls_back(service: Service, pick: Callable[[Account, str], Generation | None]) -> None:
    studio = service.studio
    proper = studio.find

    def find(account: Account, generation_id: str) -> Generation:
        try:
            return proper(account, generation_id)
        except ApiError:
            found = pick(account, generation_id)
            if found is None:
                raise
            return found

    studio.find = find  # type: ignore[method-assign]


@breaks("LIFE-24", also={"API-2": "no request draws a 5xx"})
def an_id_that_is_no_uuid_is_a_fault(service: Service) -> None:
    """The database's cast error is not caught: a typing error pages somebody."""

    def change(request: Request, response: Response) -> Response:
        strange = request.route == "generation" and request.params["id"].count("-") != 4
        return status_becomes(500)(response) if response.status == 404 and strange else response

    service.rewriters.append(change)


@breaks("LIFE-25")
def an_unknown_id_is_gone(service: Service) -> None:
    """410 says that it was there once; clients throw their own records away."""
    writes(
        service,
        lambda request, response: request.route == "generation" and response.status == 404,
        status_becomes(410),
    )


@breaks("LIFE-2")
def the_first_poll_is_held(service: Service) -> None:
    """Held until the state changes, or a limit: clients that poll one by one stand still."""
    waiting = [True]

    async def change(request: Request, response: Response) -> Response:
        if request.route == "generation" and response.status == 200 and waiting:
            waiting.clear()
            await asyncio.sleep(5.2)
        return response

    service.rewriters.append(change)


@breaks("LIFE-24", "LIFE-25")
def any_uuid_is_a_queued_generation(service: Service) -> None:
    """What is not in the replica yet is taken for new: clients wait for ever for a typing error."""

    def change(request: Request, response: Response) -> Response:
        asked = request.params.get("id", "") if request.route == "generation" else ""
        if response.status != 404 or len(asked) != 36 or asked.count("-") != 4:
            return response
        record: Record = {"id": asked, "status": "queued", "type": "text2img", "outputs": [], "error": None}
        record |= {"costCredits": 0, "createdAt": "2026-01-01T00:00:00.000Z", "completedAt": None}
        return replace(response, status=200).with_json(record)

    service.rewriters.append(change)


@breaks("LIFE-24")
def without_an_id_the_latest_is_shown(service: Service) -> None:
    """A template whose variable was empty shows some other image."""

    def change(request: Request, response: Response) -> Response:
        made = list(service.parts.generations.values())
        if request.path != "/api/v1/generations/" or request.account is None or not made:
            return response
        return replace(response, status=200).with_json(service.parts.presenter.record(made[-1]))

    service.rewriters.append(change)


@breaks("LIFE-25")
def an_unknown_id_is_looked_for_first(service: Service) -> None:
    """400 until the archive has been searched, 404 from then on."""
    _misses(service, lambda times: 400 if times == 1 else 404)


@breaks("LIFE-25")
def an_unknown_id_is_a_bad_request_the_second_time(service: Service) -> None:
    """Whoever repeats a miss is taken for one who guesses."""
    _misses(service, lambda times: 404 if times == 1 else 400)


def _misses(service: Service, status: Callable[[int], int]) -> None:
    """The status of a poll that finds nothing, by how often its id was asked for."""
    asked = Counter[str]()

    def change(request: Request, response: Response) -> Response:
        if request.route != "generation" or response.status != 404 or request.account is None:
            return response
        asked[request.params["id"]] += 1
        return replace(response, status=status(asked[request.params["id"]]))

    service.rewriters.append(change)


@breaks("OUT-1")
def a_failed_generation_has_a_placeholder(service: Service) -> None:
    """A grey image stands for what was not made: galleries fill with it."""
    grey = {"png": "https://example.com/grey.png", "webp": "https://example.com/grey.webp", "width": 1, "height": 1}
    _records(service, lambda g, record: record | {"outputs": [grey]} if g.status == "failed" else record)


@breaks("LIFE-19")
def every_month_has_thirty_days(service: Service) -> None:
    """Times are written by hand, and February has a 30th: libraries of clients throw."""
    _records(service, lambda g, record: record | {"createdAt": "2026-02-30" + record["createdAt"][10:]})
