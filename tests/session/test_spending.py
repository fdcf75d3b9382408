"""What is counted as spent."""

from dataclasses import replace
from pathlib import Path

from conformance.client.journal import EXCHANGES, Journal, join, journal_path, lines_of
from conformance.contract import documented
from conformance.session.spending import SoFar, cost_by_account
from tests.checks.polls import call, exchange, poll


def test_a_generation_costs_the_most_that_polling_showed() -> None:
    evidence = [call(n=2), poll(costCredits=4, status="running"), poll(costCredits=3, status="succeeded")]
    assert cost_by_account(evidence) == {"primary": {"requests": 3, "credits": 4}}


def test_what_found_no_connection_is_no_request() -> None:
    unsent = replace(call(), response=None, failure="connection refused")
    lost = replace(unsent, failure="no answer in time (15 s)")
    assert cost_by_account([unsent]) == {"primary": {"requests": 0, "credits": 0}}
    assert cost_by_account([unsent, lost]) == {"primary": {"requests": 1, "credits": 0}}


def test_what_nobody_polled_costs_one_credit_for_each_image() -> None:
    evidence = [call("g1", n=3), call("g2"), call("g3", "other", n=2)]
    assert {name: cost["credits"] for name, cost in cost_by_account(evidence).items()} == {"primary": 4, "other": 2}


def test_an_order_of_too_many_images_costs_no_more_than_the_most_that_may_be_ordered() -> None:
    assert cost_by_account([call(n=2**32 + 1)])["primary"]["credits"] == documented().images


def test_what_ended_blocked_or_failed_was_given_back() -> None:
    evidence = [call("g1"), poll("g1", status="failed", costCredits=1), call("g2"), poll("g2", status="blocked")]
    assert cost_by_account([*evidence, call("g3")])["primary"]["credits"] == 1


def test_a_repeat_buys_nothing_and_strangers_cost_nobody() -> None:
    stranger = exchange("generate", 401, sent={}, account="")
    assert cost_by_account([call(), call(), stranger]) == {"primary": {"requests": 2, "credits": 1}}


def test_a_run_that_goes_on_tells_what_it_has_taken_so_far(tmp_path: Path) -> None:
    so_far = SoFar(tmp_path)
    assert so_far() == (0, 0)

    first, second = (Journal(journal_path(tmp_path, name, EXCHANGES), name) for name in ("gw0", "gw1"))
    first.append(call("g1", n=3))
    assert so_far() == so_far() == (1, 3)

    second.append(call("g2", "other"))
    first.append(poll("g1", status="failed", costCredits=3))
    with journal_path(tmp_path, "gw0", EXCHANGES).open("a") as file:
        file.write('{"cut off')
    assert so_far() == so_far() == (3, 1)

    for journal in (first, second):
        journal.close()


def test_what_a_part_before_took_is_counted_once(tmp_path: Path) -> None:
    journal = Journal(journal_path(tmp_path, "main", EXCHANGES), "main")
    journal.append(call("g1", n=3))
    journal.close()
    join(tmp_path, EXCHANGES, lines_of(journal_path(tmp_path, "main", EXCHANGES)))
    so_far, again = SoFar(tmp_path), Journal(journal_path(tmp_path, "main-2", EXCHANGES), "main-2")
    again.append(call("g2"))

    assert so_far() == so_far() == (2, 4)
    again.close()


def test_a_folder_that_is_gone_has_taken_nothing_more(tmp_path: Path) -> None:
    assert SoFar(tmp_path / "gone")() == (0, 0)
