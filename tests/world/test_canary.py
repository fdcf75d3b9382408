"""Whatever stands before the receiver and meddles with deliveries is found before any verdict, and named."""

import socket
from collections.abc import Iterator

import pytest

from conformance.cli.without_pytest import sending_world
from conformance.receiver import Receiver
from conformance.receiver.way import FixedWay
from conformance.target import PassingClock, minimal
from conformance.target.network import network
from conformance.world.canary import CANARY, HURRY, Canary
from conformance.world.world import World
from tests.world.meddling_proxy import Meddling, meddling_proxy, written_anew

SIGNATURE = "x-gptimg-signature"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with sending_world(minimal("http://127.0.0.1:1", "gimg_none"), network()) as (world, _):
        yield world


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody waits for what does not come."""
    monkeypatch.setattr("conformance.world.canary.HURRY", HURRY / 4)
    monkeypatch.setattr("conformance.world.canary.NOTICED", 0.5)


def lost_behind(world: World, how: Meddling) -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        meddling_proxy(port, how) as url,
        Receiver(now=world.clock.reading, listen=f"127.0.0.1:{port}", public_url=f"{url}/hooks") as receiver,
    ):
        lost = Canary(world, receiver).lost()
        assert receiver.endpoints == ()
        receiver.drain()
        return lost


def test_a_proxy_that_does_what_every_proxy_may_is_no_loss(world: World) -> None:
    assert lost_behind(world, Meddling()) == ""


def _without(name: str, value: str) -> str | None:
    return None if name == SIGNATURE else value


def _rewritten(name: str, value: str) -> str:
    return value.lower() if name == SIGNATURE else value


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (Meddling(body=written_anew), "its body was changed: something on the way reads the JSON and writes it anew"),
        (Meddling(body=bytes.rstrip), "its body was changed: something on the way reads the JSON"),
        (Meddling(body=lambda body: body[:50]), f"its body was changed: {len(CANARY)} bytes were sent and 50 arrived"),
        (Meddling(header=_without), "its header X-Gptimg-Signature was taken away"),
        (Meddling(header=_rewritten), "its header X-Gptimg-Signature was changed: 'sha256=00C0FFEE0f"),
        (Meddling(path=lambda path: path.partition("?")[0]), "its query was changed: 'from=conformance%20suite&b=&a'"),
        (Meddling(answers=200), "the answer was not the receiver's (POST"),
        (Meddling(answers=502), "the answer was not the receiver's (POST"),
        (Meddling(repeats=1), "a request that is answered 503 was sent once and arrived 2 times"),
        (Meddling(instead=200), "the receiver answers 503, and 200 came back: something on the way answers by itself"),
        (Meddling(follows=True), "something on the way follows redirects by itself"),
        (Meddling(deaf=True), "a sender's hanging up does not arrive"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_is_done_to_deliveries_is_named(world: World, how: Meddling, told: str) -> None:
    assert lost_behind(world, how).startswith(told)


def test_a_way_that_takes_too_long_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "clock", PassingClock(100))
    assert "where 0.01 s may be: of the 5 s" in lost_behind(world, Meddling(delay=0.02))


def test_a_tunnel_is_given_time_until_it_leads_here(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.world.canary.AGAIN", 0.01)
    tries = list[int]()

    def not_yet(path: str) -> str:
        tries.append(1)
        return "/nobody" if len(tries) < 3 else path

    monkeypatch.setattr(FixedWay, "settles", 10.0)
    assert lost_behind(world, Meddling(path=not_yet)) == ""
    assert len(tries) > 3


def test_where_nothing_is_before_the_receiver_one_request_does(world: World) -> None:
    with Receiver(now=world.clock.reading) as receiver:
        canary = Canary(world, receiver)
        assert canary.lost() == ""
    assert len(canary.took) == 1
