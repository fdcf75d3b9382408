"""Servers whose records go back, move, forget or contradict themselves."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    ANY,
    FOUND,
    NOT_FOUND,
    OMIT,
    Object,
    Proper,
    answer,
    around,
    change_rules,
    first_time,
    json_becomes,
    late,
    on_record,
    on_response,
    on_result,
    status_becomes,
)
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account, Generation, Status
from conformance.reference.request import Request
from conformance.reference.response import Response

TERMINAL = {"succeeded", "failed", "blocked"}


def _members(service: Service, when: Callable[[Generation, Object], object], **members: object) -> None:
    """Records of which this holds are shown with these members."""
    on_record(service, lambda generation, record: record | members if when(generation, record) else record)


def _in_status(status: str) -> Callable[[Generation, Object], bool]:
    return lambda _, record: record["status"] == status


def _ended_for(service: Service, generation: Generation) -> float:
    """Seconds since the generation ended; negative as long as it has not."""
    ended = generation.completed_at
    return -1.0 if ended is None else service.parts.clock.now() - ended


@breaks("LIFE-1")
def a_generation_is_gone_once_it_is_over(service: Service) -> None:
    """Records live in the queue's memory: whoever polls a little late has paid for nothing."""
    _finds(service, lambda generation: _ended_for(service, generation) < 5)


@breaks("LIFE-1")
def an_edit_is_not_found(service: Service) -> None:
    """Edits are stored in a table that polling does not look at: they are paid for and never seen."""
    _finds(service, lambda generation: generation.order.type != "edit")


@breaks("LIFE-1")
def a_blocked_generation_is_forbidden_to_its_owner(service: Service) -> None:
    """The view of a blocked row has the moderator's permissions: clients tell the customer to upgrade the plan."""
    on_response(service, answer("generation", saying=b'"blocked"'), status_becomes(403))


def _finds(service: Service, known: Callable[[Generation], bool]) -> None:
    """Only those of the account's generations of which this holds are found."""

    def find(generation: Generation, *_: object) -> Generation:
        if not known(generation):
            raise ApiError(404, "not_found", "There is no such generation.")
        return generation

    on_result(service.studio, "find", find)


@breaks("LIFE-3")
def a_record_is_an_array(service: Service) -> None:
    """The rows of a query are sent as they come: every client reads fields of a list."""
    on_response(service, FOUND, json_becomes(lambda record: [record]))


@breaks("LIFE-4")
def the_id_is_that_of_the_job(service: Service) -> None:
    """The queue's own id is serialised: clients that store it never find the record again."""
    on_record(service, lambda _, record: record | {"id": f"job-{record['id']}"})


@breaks("LIFE-4")
def the_id_of_an_ended_edit_is_another(service: Service) -> None:
    """A join takes the id of the image that was made: clients that store it never find the edit again."""

    def alter(generation: Generation, record: Object) -> Object:
        ended = generation.order.type == "edit" and record["status"] in TERMINAL
        return record | {"id": record["id"][::-1]} if ended else record

    on_record(service, alter)


@breaks("LIFE-5")
def running_is_called_processing(service: Service) -> None:
    """The worker's own word is passed through: clients know no such status, and their state machines stop."""
    _members(service, _in_status("running"), status="processing")


@breaks("LIFE-5")
def blocked_is_called_moderated(service: Service) -> None:
    """The moderator's own word is passed through: clients wait for ever for an end that has come."""
    _members(service, _in_status("blocked"), status="moderated")


@breaks("LIFE-6")
def a_running_generation_is_queued_again(service: Service) -> None:
    """Every other poll is answered by a replica that lags behind: progress bars jump back."""
    seen = Counter[str]()

    def lags(generation: Generation, record: Object) -> bool:
        seen[generation.id] += record["status"] == "running"
        return record["status"] == "running" and seen[generation.id] % 2 == 0

    _members(service, lags, status="queued")


@breaks("LIFE-7")
def an_ended_generation_runs_again(service: Service) -> None:
    """A worker that missed an acknowledgement takes the job up again: an end that was told is undone."""
    _members(
        service,
        lambda generation, record: _ended_for(service, generation) > 5 and record["status"] == "failed",
        status="running",
        error=None,
        completedAt=None,
    )


@breaks("LIFE-7")
def a_failed_generation_becomes_blocked(service: Service) -> None:
    """A nightly clean-up reclassifies failures: reports of the day before no longer add up."""
    _members(
        service,
        lambda generation, _: generation.status == "failed" and _ended_for(service, generation) > 5,
        status="blocked",
    )


@breaks("LIFE-8")
def the_end_is_the_time_of_the_poll(service: Service) -> None:
    """completedAt is computed when it is asked for: durations grow with every look at them."""
    _completed(service, lambda _: service.parts.clock.now())


def _completed(service: Service, moment: Callable[[float], float]) -> None:
    """The end is shown as another moment, given the proper one."""
    time = service.parts.presenter.time
    on_record(
        service,
        lambda generation, record: (
            record
            if generation.completed_at is None
            else record | {"completedAt": time(moment(generation.completed_at))}
        ),
    )


@breaks("LIFE-8")
def urls_are_signed_anew_for_every_poll(service: Service) -> None:
    """URLs are signed when they are shown: caches never hit, and stored links are taken for changed images."""
    polls = Counter[str]()

    def alter(generation: Generation, record: Object) -> Object:
        polls[generation.id] += 1
        fresh = f"?t={polls[generation.id]}"
        entries = [entry | {"png": entry["png"] + fresh, "webp": entry["webp"] + fresh} for entry in record["outputs"]]
        return record | {"outputs": entries}

    on_record(service, alter)


@breaks("LIFE-8")
def the_price_of_a_failure_is_forgotten_later(service: Service) -> None:
    """The refund rewrites the record a while after its end: invoices and records disagree."""
    _members(
        service,
        lambda generation, _: generation.status == "failed" and _ended_for(service, generation) > 5,
        costCredits=0,
    )


@breaks("LIFE-8")
def the_order_of_outputs_changes(service: Service) -> None:
    """The query has no ORDER BY: the customer's second image is the first at the next look."""
    polls = Counter[str]()

    def alter(generation: Generation, record: Object) -> Object:
        polls[generation.id] += generation.status == "succeeded"
        return record | {"outputs": record["outputs"][:: 1 if polls[generation.id] % 2 else -1]}

    on_record(service, alter)


@breaks("LIFE-8", also={"OUT-2": "a succeeded generation has outputs"})
def outputs_vanish_after_an_hour(service: Service) -> None:
    """A clean-up of temporary links takes those of results too: what was bought is gone."""
    _members(service, lambda generation, _: _ended_for(service, generation) > 3000, outputs=[])


@breaks("LIFE-9")
def an_edit_never_ends(service: Service) -> None:
    """Edits are put into a queue that no worker reads: the customer polls for ever, and has paid."""
    _ends(service, lambda generation, status: None if generation.order.type == "edit" else status)


@breaks("LIFE-9")
def a_generation_takes_seven_minutes(service: Service) -> None:
    """The queue is sized for the mean, not the peak: what was promised within the minute comes when nobody waits."""
    change_rules(service, run_seconds=400.0)


@breaks("LIFE-9")
def a_failed_generation_stays_running(service: Service) -> None:
    """A worker that crashes writes no end: the customer polls until he gives up, and has paid."""
    _ends(service, lambda _, status: None if status == "failed" else status)


@breaks("LIFE-10")
def a_blocked_input_has_failed(service: Service) -> None:
    """Moderation ends a job by an exception: customers are told of a server fault where their prompt is to blame."""
    _ends(service, lambda _, status: "failed" if status == "blocked" else status)


def _ends(service: Service, fate: Callable[[Generation, Status], Status | None]) -> None:
    """Generations end in another status, or for None not at all."""

    def end(proper: Proper, generation: Generation, status: Status, error: str | None = None) -> None:
        if chosen := fate(generation, status):
            proper(generation, chosen, error)

    around(service.studio, "end", end)


@breaks("LIFE-11")
def every_generation_is_text2img(service: Service) -> None:
    """The column has a default that nobody overrides: edits are lost among the others."""
    on_record(service, lambda _, record: record | {"type": "text2img"})


@breaks("LIFE-11")
def an_edit_shows_its_type_only_at_the_end(service: Service) -> None:
    """The worker writes the type with the result: until then edits are listed as drawn from text."""
    _members(service, lambda _, record: record["status"] not in TERMINAL, type="text2img")


@breaks("LIFE-12")
def a_failure_is_not_explained(service: Service) -> None:
    """The model's error is logged and not stored: support is asked what happened, and does not know either."""
    _members(service, _in_status("failed"), error=None)


@breaks("LIFE-12")
def the_error_is_an_object(service: Service) -> None:
    """The exception is serialised whole: clients show [object Object]."""
    _members(service, _in_status("failed"), error={"code": "upstream", "message": "The model failed"})


@breaks("LIFE-13")
def a_block_has_an_empty_error(service: Service) -> None:
    """The policy's message is looked up in a language that has none: the customer sees an empty box."""
    _members(service, _in_status("blocked"), error="")


@breaks("LIFE-13")
def a_block_leaves_the_error_out(service: Service) -> None:
    """The error is serialised for failures only: a client that shows why finds nothing for a block."""
    _members(service, _in_status("blocked"), error=OMIT)


@breaks("LIFE-14")
def a_success_has_an_error(service: Service) -> None:
    """The absence of an error is written as the word none: clients that test for one throw good images away."""
    _members(service, _in_status("succeeded"), error="none")


@breaks("LIFE-14")
def a_queued_generation_has_an_empty_error(service: Service) -> None:
    """The column is a string that cannot be null: clients that compare with null stop polling."""
    _members(service, _in_status("queued"), error="")


@breaks("LIFE-15", also={"PLAN-9": "a price that is no number is not 1"})
def the_price_is_a_string(service: Service) -> None:
    """The database's decimals are serialised as strings: sums become concatenations."""
    on_record(service, lambda _, record: record | {"costCredits": str(record["costCredits"])})


@breaks("LIFE-15", also={"PLAN-9": "it is neither 1 nor 0 either"})
def a_refund_is_a_negative_price(service: Service) -> None:
    """The refund is written into the price: totals that add prices up give the money back twice."""
    on_record(
        service,
        lambda _, record: (
            record | {"costCredits": -record["costCredits"]} if record["status"] in {"failed", "blocked"} else record
        ),
    )


@breaks("LIFE-19")
def the_beginning_is_an_epoch(service: Service) -> None:
    """The column's number is serialised as it is: date parsers of clients throw."""
    on_record(service, lambda generation, record: record | {"createdAt": int(generation.created_at)})


@breaks("LIFE-19")
def the_beginning_has_no_zone(service: Service) -> None:
    """A naive time is formatted: every client reads it in its own time zone."""
    on_record(service, lambda _, record: record | {"createdAt": record["createdAt"].removesuffix("Z")})


@breaks("LIFE-19")
def a_blank_stands_between_day_and_time(service: Service) -> None:
    """The database formats the times of edits: strict parsers of clients throw on those records."""
    on_record(
        service,
        lambda generation, record: (
            record | {"createdAt": record["createdAt"].replace("T", " ")} if generation.order.type == "edit" else record
        ),
    )


@breaks("LIFE-20")
def the_beginning_is_when_it_began_to_run(service: Service) -> None:
    """createdAt is written again when a worker takes the job: waiting times look like nothing."""
    time, rules = service.parts.presenter.time, service.parts.rules
    on_record(
        service,
        lambda generation, record: (
            record
            if record["status"] == "queued"
            else record | {"createdAt": time(generation.created_at + rules.queue_seconds)}
        ),
    )


@breaks("LIFE-20")
def the_beginning_loses_its_fraction_at_the_end(service: Service) -> None:
    """The archive's column keeps whole seconds: records of before and after are not recognised as the same."""
    on_record(
        service,
        lambda _, record: (
            record | {"createdAt": record["createdAt"][:19] + "Z"} if record["status"] in TERMINAL else record
        ),
    )


@breaks("LIFE-21")
def a_running_generation_has_an_end(service: Service) -> None:
    """An estimate is written where the end belongs: dashboards count running jobs as done."""
    time, seconds = service.parts.presenter.time, service.parts.rules.queue_seconds + service.parts.rules.run_seconds
    on_record(
        service,
        lambda generation, record: (
            record | {"completedAt": time(generation.created_at + seconds)} if record["status"] == "running" else record
        ),
    )


@breaks("LIFE-22")
def a_failure_has_no_end(service: Service) -> None:
    """completedAt is written with the outputs, and so for successes only: failures look as if they went on."""
    _members(service, _in_status("failed"), completedAt=None)


@breaks("LIFE-22")
def the_end_is_in_milliseconds(service: Service) -> None:
    """Only one of the two times passes the formatter: date parsers of clients throw on the number."""
    on_record(
        service,
        lambda generation, record: (
            record | {"completedAt": int(generation.completed_at * 1000)} if generation.completed_at else record
        ),
    )


@breaks("LIFE-28")
def all_times_are_local_called_utc(service: Service) -> None:
    """A server in Taipei writes its wall clock with a Z behind it: durations are right, and everything is tomorrow."""
    eight_hours = timedelta(hours=8).total_seconds()
    around(service.parts.presenter, "time", lambda time, moment: time(moment + eight_hours))


@breaks("LIFE-23")
def the_end_is_local_time_called_utc(service: Service) -> None:
    """A worker in New York writes its wall clock with a Z behind it: every duration is negative."""
    five_hours = timedelta(hours=5).total_seconds()
    _completed(service, lambda moment: moment - five_hours)


@breaks("LIFE-23")
def a_block_ends_a_moment_before_it_began(service: Service) -> None:
    """Moderation writes the end by its own clock, which is slow: durations of blocks are negative."""
    time = service.parts.presenter.time
    on_record(
        service,
        lambda generation, record: (
            record | {"completedAt": time(generation.created_at - 0.1)} if record["status"] == "blocked" else record
        ),
    )


@breaks("LIFE-24", also={"LIFE-25": "what is found is not answered 404", "LIFE-4": "it is another generation's record"})
def an_unknown_id_shows_the_latest(service: Service) -> None:
    """The look-up falls back to the latest row: a typing error shows the wrong image."""
    _falls_back(service, lambda own, _: own[-1] if own else None)


@breaks("LIFE-24", also={"LIFE-4": "it is another id than the one in the path"})
def the_beginning_of_an_id_is_enough(service: Service) -> None:
    """LIKE stands in place of =: a wildcard in the path finds anything of the account."""

    def pick(own: list[Generation], generation_id: str) -> Generation | None:
        begin = generation_id.rstrip("%")
        found = (generation for generation in own if generation.id.startswith(begin))
        return next(found, None) if generation_id.endswith("%") else None

    _falls_back(service, pick)


@breaks("LIFE-24", also={"LIFE-4": "it is another id than the one in the path"})
def an_id_is_read_up_to_its_length(service: Service) -> None:
    """A column of fixed width cuts off what follows: a client's broken URLs work until the column is widened."""
    _falls_back(service, lambda own, given: next((one for one in own if given.startswith(one.id)), None))


def _falls_back(service: Service, pick: Callable[[list[Generation], str], Generation | None]) -> None:
    """What is not found is picked from the account's own generations."""

    def find(proper: Proper, account: Account, generation_id: str) -> Any:
        try:
            return proper(account, generation_id)
        except ApiError:
            own = [generation for generation in service.parts.generations.values() if generation.account == account]
            if found := pick(own, generation_id):
                return found
            raise

    around(service.studio, "find", find)


@breaks("LIFE-24", also={"API-2": "no request draws a 5xx"})
def an_id_that_is_no_uuid_is_a_fault(service: Service) -> None:
    """The database's cast error is not caught: a customer's typing error pages somebody."""
    strange = answer("generation", 404, to=lambda request: request.params["id"].count("-") != 4)
    on_response(service, strange, status_becomes(500))


@breaks("LIFE-24", also={"API-2": "no request draws a 5xx"})
def a_null_character_in_an_id_is_a_fault(service: Service) -> None:
    """The database takes no null character in a text: whoever scans for holes finds a 500 to repeat."""
    on_response(
        service, answer("generation", 404, to=lambda request: "\0" in request.params["id"]), status_becomes(500)
    )


@breaks("LIFE-25")
def an_unknown_id_is_gone(service: Service) -> None:
    """Missing rows are taken for deleted ones: on a 410 clients throw their own records away."""
    on_response(service, NOT_FOUND, status_becomes(410))


@breaks("LIFE-2")
def the_first_poll_is_held(service: Service) -> None:
    """The answer is held until the state changes, or a limit: clients that poll one by one stand still."""
    on_response(service, first_time(FOUND), late(5.2))


@breaks("LIFE-24", "LIFE-25")
def any_uuid_is_a_queued_generation(service: Service) -> None:
    """What is not in the replica yet is taken for new: clients wait for ever for a typing error."""

    def change(request: Request, response: Response) -> Response:
        record: Object = {"id": request.params["id"], "status": "queued", "type": "text2img", "outputs": []}
        record |= {"error": None, "costCredits": 0, "createdAt": "2026-01-01T00:00:00.000Z", "completedAt": None}
        return replace(response, status=200).with_json(record)

    def is_uuid(request: Request) -> bool:
        return len(request.params["id"]) == 36 and request.params["id"].count("-") == 4

    on_response(service, answer("generation", 404, to=is_uuid), change)


@breaks("LIFE-24")
def without_an_id_the_latest_is_shown(service: Service) -> None:
    """The list's route falls back to the latest row: a template whose variable was empty shows some other image."""

    def change(_: Request, response: Response) -> Response:
        made = list(service.parts.generations.values())
        return replace(response, status=200).with_json(service.parts.presenter.record(made[-1])) if made else response

    on_response(
        service, answer(ANY, to=lambda request: request.path == "/api/v1/generations/" and request.account), change
    )


@breaks("LIFE-25")
def an_unknown_id_is_looked_for_first(service: Service) -> None:
    """The archive is searched in the background, with a 400 until then: clients look for a mistake in the id."""
    _misses(service, lambda times: 400 if times == 1 else 404)


@breaks("LIFE-25")
def an_unknown_id_is_a_bad_request_the_second_time(service: Service) -> None:
    """A repeated miss is taken for guessing: clients that poll after a deletion look for a mistake in the id."""
    _misses(service, lambda times: 404 if times == 1 else 400)


def _misses(service: Service, status: Callable[[int], int]) -> None:
    """The status of a poll that finds nothing, by how often its id was asked for."""
    asked = Counter[str]()

    def change(request: Request, response: Response) -> Response:
        asked[request.params["id"]] += 1
        return replace(response, status=status(asked[request.params["id"]]))

    on_response(service, answer("generation", 404, to=lambda request: request.account), change)


@breaks("OUT-1")
def a_failed_generation_has_a_placeholder(service: Service) -> None:
    """A template fills in a grey image for what was not made: galleries fill with it."""
    grey = {"png": "https://example.com/grey.png", "webp": "https://example.com/grey.webp", "width": 1, "height": 1}
    _members(service, lambda generation, _: generation.status == "failed", outputs=[grey])


@breaks("LIFE-19")
def every_month_has_thirty_days(service: Service) -> None:
    """Times are put together by hand, and February has a 30th: date parsers of clients throw."""
    on_record(service, lambda _, record: record | {"createdAt": "2026-02-30" + record["createdAt"][10:]})
