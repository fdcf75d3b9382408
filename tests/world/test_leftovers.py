"""What journals tell of registrations, and which entries of a list are ours."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.client.journal import EXCHANGES, journal_path, write_lines
from conformance.errors import Inconclusive
from conformance.evidence import Exchange, Request, Response, to_json
from conformance.evidence.exchange import INTERRUPTED
from conformance.plan.settings import RUN_LOG
from conformance.world.left_journal import CLEANUP, carry, known_left, note_removals
from conformance.world.leftovers import Cleaner, Fate, Left, left_open
from conformance.world.registrar import PATH, Registrar

BASE, LABEL = "https://h", "gimg-conformance 0123abcd"
COOKIE = (("Cookie", "REDACTED-other-cookie"),)


def asked(method: str, status: int, id_: str = "", *, at: int = 0, base: str = BASE) -> Exchange:
    body = json.dumps({"url": "http://r/x", "label": LABEL}).encode() if method == "POST" else b""
    url = f"{base}{PATH}" + (f"/{id_}" if method == "DELETE" else "")
    came = Response(status, (), json.dumps({"id": id_}).encode()) if status else None
    return Exchange(
        Request(method, url, COOKIE, body), came, 9.0 - at, 9.0, started_at=f"2026-01-01T00:00:0{at}.000Z",
        failure="" if came else "the connection broke",
    )  # fmt: skip


def ids(*evidence: Exchange) -> list[str]:
    return [left.id for left, _ in left_open(evidence)]


def test_what_was_registered_and_not_removed_is_left() -> None:
    assert ids(asked("POST", 201, "a"), asked("POST", 201, "b"), asked("DELETE", 204, "a")) == ["b"]
    assert ids(asked("POST", 201, "a"), asked("DELETE", 404, "a")) == []
    assert ids(asked("POST", 201, "a"), asked("DELETE", 500, "a"), asked("DELETE", 0, "a")) == ["a"]
    assert ids(asked("POST", 422, "a"), asked("POST", 401, "b")) == []
    assert ids(asked("POST", 201, "a"), asked("DELETE", 204, "a"), asked("POST", 201, "a")) == ["a"]
    assert ids(asked("POST", 201, "a"), asked("DELETE", 204, "a", base="https://elsewhere")) == ["a"]


def test_a_registration_whose_answer_was_lost_is_known_by_its_address() -> None:
    ((left, _),) = left_open([asked("POST", 0)])

    assert left == Left("other", "", "http://r/x", BASE)


def folder(path: Path, *evidence: Exchange) -> Path:
    (path / "evidence").mkdir()
    lines = [json.dumps(to_json(exchange)) for exchange in evidence]
    write_lines(journal_path(path / "evidence", "main", EXCHANGES), lines)
    return path


def test_what_is_left_is_carried_from_run_to_run(tmp_path: Path) -> None:
    reports = folder(tmp_path, asked("POST", 201, "a"), asked("POST", 201, "b", at=1), asked("DELETE", 204, "a", at=2))
    assert [left.id for left in carry(reports)] == ["b"]
    journal_path(reports / "evidence", "main", EXCHANGES).unlink()
    assert [left.id for left in carry(reports)] == ["b"]

    note_removals(reports, [json.dumps(to_json(asked("DELETE", 204, "b", at=3)))])
    assert known_left(reports) == []
    assert carry(reports) == []
    assert not (reports / CLEANUP).exists()


def test_a_registration_that_was_under_way_when_the_run_was_killed_is_known(tmp_path: Path) -> None:
    """One that ended was noted when it began as well, and is one registration."""
    ended, killed = asked("POST", 201, "a", at=1), asked("POST", 201, "b", at=2)
    begun = [replace(one, response=None, failure=INTERRUPTED) for one in (ended, killed)]
    found = [left for left, _ in known_left(folder(tmp_path, *begun, ended))]

    assert [left.id for left in found] == ["a", ""]
    assert all(left.url for left in found)


def test_what_an_embedded_server_had_went_with_it(tmp_path: Path) -> None:
    reports = folder(tmp_path, asked("POST", 201, "a"))
    write_lines(reports / "evidence" / RUN_LOG, [json.dumps({"settings": {"embedded": True}})])

    assert carry(reports) == []


def test_what_a_served_target_had_is_left(tmp_path: Path) -> None:
    reports = folder(tmp_path, asked("POST", 201, "a"))
    write_lines(reports / "evidence" / RUN_LOG, [json.dumps({"settings": {"embedded": False}})])

    assert [left.id for left in carry(reports)] == ["a"]


def test_a_long_body_that_is_missing_hides_no_registration(tmp_path: Path) -> None:
    long = replace(asked("POST", 201, "a"), response=Response(201, (), b'{"id": "a"}' + b" " * 5000))

    ((left, _),) = known_left(folder(tmp_path, asked("POST", 201, "b"), long))[:1]
    assert left.id == "b"


class Dashboard:
    """Shows a page of `size` entries, and of each only `shown`; `stops` after so many requests."""

    def __init__(
        self, entries: list[dict[str, Any]], size: int = 99, shown: tuple[str, ...] = (), stops: int = 99
    ) -> None:
        self.entries, self.size, self.shown, self.left = entries, size, shown, stops

    def send(self, method: str, url: str, **_: Any) -> Exchange:
        self.left -= 1
        if self.left < 0:
            raise Inconclusive("the target is asked no more")
        id_ = url.partition(PATH)[2].removeprefix("/")
        if method == "DELETE":
            self.entries = [entry for entry in self.entries if entry["id"] != id_]
            return Exchange(Request(method, url), Response(204), 0, 1)
        page = [self._seen(entry) for entry in self.entries[: self.size]]
        one = [self._seen(entry) for entry in self.entries if entry["id"] == id_]
        status, body = (200, one[0] if id_ else {"data": {"webhooks": page}}) if one or not id_ else (404, {})
        return Exchange(Request(method, url), Response(status, (), json.dumps(body).encode()), 0, 1)

    def _seen(self, entry: dict[str, Any]) -> dict[str, Any]:
        return {name: entry[name] for name in self.shown} if self.shown else entry


def cleaner(dashboard: Dashboard) -> Cleaner:
    world: Any = SimpleNamespace(sender=dashboard, base_url=BASE, cookie=lambda _: "c")
    return Cleaner(Registrar(world))


def entry(id_: str, label: str = LABEL, url: str = "https://x/") -> dict[str, Any]:
    return {"id": id_, "label": label, "url": url}


def test_a_list_in_pages_is_emptied_page_by_page() -> None:
    dashboard = Dashboard([*(entry(f"o{n}") for n in range(7)), entry("t", "production")], size=2)
    cleared = cleaner(dashboard).clear("primary", [])

    assert [one["id"] for one in dashboard.entries] == ["t"]
    assert [removal.fate for removal in cleared.removals] == [Fate.REMOVED] * 7


def test_a_list_of_ids_alone_shows_what_a_journal_names() -> None:
    dashboard = Dashboard([entry("a"), entry("b", "production")], shown=("id",))
    cleared = cleaner(dashboard).clear("primary", [Left("primary", "a")])

    assert [one["id"] for one in dashboard.entries] == ["b"]
    assert [removal.left.id for removal in cleared.removals] == ["a"]


@pytest.mark.parametrize("size", [99, 1])
def test_an_id_that_is_anothers_by_now_is_not_touched_on_whatever_page(size: int) -> None:
    dashboard = Dashboard([entry("z", "production"), entry("7", "production")], size=size)
    (removal,) = cleaner(dashboard).clear("primary", [Left("primary", "7", "http://r/x")]).removals

    assert removal.fate is Fate.GONE
    assert len(dashboard.entries) == 2


def test_a_lost_registration_is_found_by_its_address() -> None:
    dashboard = Dashboard([entry("9", "cut", "http://r/x"), entry("t", "production")])
    cleared = cleaner(dashboard).clear("primary", [Left("primary", "", "http://r/x")])

    assert [(removal.left.id, removal.fate) for removal in cleared.removals] == [("9", Fate.REMOVED)]


def test_what_is_not_asked_for_any_more_remains() -> None:
    dashboard = Dashboard([entry("a"), entry("b")], stops=2)
    with pytest.raises(Inconclusive):
        cleaner(dashboard).clear("primary", [])
    assert [one["id"] for one in dashboard.entries] == ["b"]
