"""A relay serves several runners that do not see each other, lets in whoever has its token, and ends with its runners.

That what it carries arrives and is answered as without it is shown where the receiver's own tests run both ways.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from conformance.errors import ConfigurationError, Inconclusive
from conformance.receiver import Receiver, Reset, Stall, Status
from conformance.receiver.admission import GUESSES, PAUSE, Admission
from conformance.receiver.receiver import server_context
from conformance.receiver.relay import Relay
from conformance.receiver.relayed import RelayWay
from conformance.receiver.requests_seen import NotHttp, RequestsSeen
from conformance.receiver.sessions import MOST_SESSIONS
from tests.client.forward_proxy import forward_proxy
from tests.receiver.conftest import TOKEN, free_ports
from tests.receiver.raw_sender import PATIENCE, Answer, Sender, Steps, eventually, payload, post, request

GOOD = f"Bearer {TOKEN}".encode()


@contextmanager
def runner(relay: Relay, way: RelayWay | None = None) -> Iterator[Receiver]:
    with Receiver(now=Steps(), sleep=None, way=way or RelayWay(relay.url, TOKEN)) as receiver:
        yield receiver
        receiver.drain()


def asked(relay: Relay, *lines: str, path: str = "/relay/1") -> Answer:
    """What the relay answers to somebody who wants to drive it."""
    url = relay.url + path
    with Sender(url) as sender:
        sender.send(request(url, b"", "Connection: Upgrade", "Upgrade: gimg-relay", *lines, method="GET"))
        return sender.answer()


def test_runners_do_not_see_each_others_endpoints(relay: Relay) -> None:
    with runner(relay) as one, runner(relay) as two:
        ours, theirs = one.open([Status(500)]), two.open([Status(204)])
        crossed = one.canary_url.rpartition("/")[0] + theirs.path

        assert (post(ours.url), post(theirs.url), post(crossed)) == (500, 204, 404)
        assert (len(ours.attempts()), len(theirs.attempts())) == (1, 1)
        assert (one.refusals, two.refusals) == ({"unknown path": 1}, {})


def test_a_runner_behind_a_proxy_is_driven_through_it(relay: Relay) -> None:
    with forward_proxy("me:secret") as proxy:
        url = proxy.url.replace("//", "//me:secret@")
        with runner(relay, RelayWay(relay.url, TOKEN, proxy=url)) as receiver:
            status = post(receiver.open([Status(204)]).url)

    assert status == 204
    assert proxy.lines == [f"CONNECT {urlsplit(relay.url).netloc}"]


def test_a_proxy_that_gives_no_way_is_named_without_its_password(relay: Relay) -> None:
    with (
        forward_proxy("me:secret") as proxy,
        pytest.raises(Inconclusive) as refused,
        runner(relay, RelayWay(relay.url, TOKEN, proxy=proxy.url.replace("//", "//me:wrong@"))),
    ):
        pass
    with pytest.raises(Inconclusive) as absent, runner(relay, RelayWay(relay.url, TOKEN, proxy=proxy.url)):
        pass

    assert f"the proxy {urlsplit(proxy.url).netloc} gives no way there (407)" in refused.value.message
    assert "wrong" not in str(refused.value)
    assert "refuses the connection" in absent.value.message
    assert absent.value.hint == "check --proxy"


def test_one_connection_of_a_sender_may_lead_to_several_runners(relay: Relay) -> None:
    """Senders keep connections by host, and all runners of a relay have the same."""
    with runner(relay) as one, runner(relay) as two:
        here, there = one.open([Status(500)]), two.open([Status(200), Status(204)])
        with Sender(here.url) as sender:
            for url, status in ((here.url, 500), (there.url, 200), (here.url, 500), (there.url, 204)):
                sender.send(request(url, payload()))
                assert sender.answer().status == status
        assert [len(endpoint.attempts()) for endpoint in (here, there)] == [2, 2]


def test_what_is_no_ones_is_refused(relay: Relay) -> None:
    for url in (f"{relay.url}/nobody/x", f"{relay.url}/", f"{relay.url}/nobody"):
        assert post(url) == 404
    with Sender(f"{relay.url}/") as sender:
        sender.send(b"\x16\x03\x01\x02\x00garbage\r\n\r\n")
        assert sender.answer().status == 400


def test_a_sender_that_never_says_what_it_wants_is_turned_away() -> None:
    with Relay(TOKEN, patience=0.02) as relay, Sender(f"{relay.url}/x") as sender:
        sender.send(b"POST / HT")
        assert sender.answer().status == 408
        eventually(lambda: relay.refusals == {"slow request": 1})


def test_a_wrong_token_is_refused_and_guessing_is_slowed_down() -> None:
    with Relay(TOKEN) as relay:
        wrong = [asked(relay, *lines) for lines in ((), ("Authorization: Bearer x",), (f"Authorization: {TOKEN}",))]
        assert {(answer.status, answer.headers["WWW-Authenticate"]) for answer in wrong} == {(401, "Bearer")}
        with pytest.raises(Inconclusive, match=r"refuses the token.*relay_token"), runner(
            relay, RelayWay(relay.url, TOKEN[:-1])
        ):  # fmt: skip
            pass
        for _ in range(GUESSES - 4):
            asked(relay)
        assert asked(relay, f"Authorization: Bearer {TOKEN}").status == HTTPStatus.TOO_MANY_REQUESTS
        eventually(lambda: relay.refusals == {"control: wrong token": GUESSES, "control: too many guesses": 1})


def test_a_guesser_is_let_in_with_the_right_token_after_a_while_and_others_always() -> None:
    now = Steps()
    admission = Admission(TOKEN, monotonic=now)
    for _ in range(GUESSES):
        assert admission.refusal(b"", "a") == HTTPStatus.UNAUTHORIZED
    assert (admission.refusal(GOOD, "a"), admission.refusal(GOOD, "b")) == (HTTPStatus.TOO_MANY_REQUESTS, None)
    now.now += PAUSE
    assert admission.refusal(GOOD, "a") is None


def test_addresses_of_guessers_do_not_fill_the_memory() -> None:
    admission = Admission(TOKEN, monotonic=Steps())
    for number in range(3000):
        admission.refusal(b"", str(number))
    assert len(admission._wrong) <= 1024


@pytest.mark.parametrize("token", ["", "short", "with a space in it, and long", "ünlesbar-und-lang-genug"])
def test_a_token_that_is_easily_guessed_is_refused(token: str) -> None:
    with pytest.raises(ConfigurationError, match="openssl rand"):
        Relay(token)


def test_another_version_is_told(relay: Relay) -> None:
    assert asked(relay, f"Authorization: Bearer {TOKEN}", path="/relay/2").status == HTTPStatus.UPGRADE_REQUIRED


def test_there_is_room_for_so_many_runners(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_SESSIONS > 1
    monkeypatch.setattr("conformance.receiver.relay.MOST_SESSIONS", 1)
    with runner(relay), pytest.raises(Inconclusive, match="too many runners"), runner(relay):
        pass


def test_a_session_ends_with_its_runner(relay: Relay) -> None:
    eventually(lambda: relay.sessions == 0)
    with runner(relay) as receiver:
        url = receiver.open([Stall()], own_port=True).url
        shared = receiver.open([Stall()])
        waiting = Sender(shared.url)
        waiting.send(request(shared.url))
        shared.wait_for(1)
        assert relay.sessions == 1
    eventually(lambda: relay.sessions == 0)
    with waiting, suppress(ConnectionResetError):
        waiting.rest()  # its connection is over
    assert post(shared.url) == 404
    with pytest.raises(ConnectionRefusedError):
        post(url)


def test_a_relay_that_goes_is_an_outage_and_says_so() -> None:
    with Relay(TOKEN) as relay:
        url = relay.url
        receiver = Receiver(now=Steps(), sleep=None, way=RelayWay(url, TOKEN)).__enter__()
        assert (receiver.public, receiver.outage) == (True, "")
    eventually(lambda: receiver.outage == f"the relay {url} is gone")
    receiver.__exit__(None, None, None)


@pytest.mark.parametrize("server", ["stranger", "nobody"])
def test_what_is_no_relay_is_told_with_a_remedy(server: str) -> None:
    with Receiver(now=Steps()) as stranger:
        url = stranger.canary_url.rpartition("/")[0]
        if server == "nobody":
            stranger.__exit__(None, None, None)
        refuses = f"port {url.rpartition(':')[2]} of 127.0.0.1 refuses the connection"
        told = "no relay is there" if server == "stranger" else refuses
        with pytest.raises(Inconclusive, match=rf"cannot be used: {told}\. Start .*receiver serve"), Receiver(
            now=Steps(), way=RelayWay(url, TOKEN)
        ):  # fmt: skip
            pass


def test_a_relay_without_ports_has_no_endpoint_that_refuses() -> None:
    with Relay(TOKEN) as relay, runner(relay) as receiver, pytest.raises(ConfigurationError, match="--ports"):
        receiver.open(own_port=True)


def test_how_the_target_reaches_the_relay_may_differ(relay: Relay) -> None:
    way = RelayWay(relay.url, TOKEN, "https://relay.example:8443/hooks/")
    with runner(relay, way) as receiver:
        assert receiver.open().url.startswith("https://relay.example:8443/hooks/")
        assert urlsplit(receiver.open(own_port=True).url).hostname == "relay.example"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Relay, ssl.SSLContext]]:
    folder: Path = tmp_path_factory.mktemp("pems")
    authority, trusting = trustme.CA(), ssl.create_default_context()
    pem = folder / "both.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(pem))
    authority.configure_trust(trusting)
    with Relay(TOKEN, context=server_context(str(pem), str(pem)), ports=free_ports(2)) as relay:
        yield relay, trusting


def test_a_relay_may_have_a_certificate(secured: tuple[Relay, ssl.SSLContext]) -> None:
    relay, trusting = secured
    with runner(relay, RelayWay(relay.url, TOKEN, context=trusting)) as receiver:
        endpoint = receiver.open([Status(500), Reset("body"), Stall()])
        assert endpoint.url.startswith("https://")
        with Sender(endpoint.url, trusting) as sender:
            assert sender.post(payload()) == 500
            sender.send(request(endpoint.url, payload()))
            # Below TLS, where Python does not take a reset for an end of file.
            with socket.socket(fileno=sender.socket.detach()) as sender.socket:
                sender.socket.settimeout(PATIENCE)
                with pytest.raises(ConnectionResetError):
                    sender.rest()
        with Sender(endpoint.url, trusting) as sender:
            sender.send(request(endpoint.url, payload()))
            endpoint.wait_for(3)
        endpoint.wait_for(3, ended=True)
        ended = [attempt.ended.how for attempt in endpoint.attempts() if attempt.ended]
        assert ended == ["answered", "reset", "hung up"]
        own = receiver.open(own_port=True)
        with Sender(own.url, trusting) as sender:
            assert sender.post() == 200


def test_a_certificate_that_is_not_trusted_is_told(secured: tuple[Relay, ssl.SSLContext]) -> None:
    relay, _ = secured
    distrusting = ssl.create_default_context()
    with pytest.raises(Inconclusive, match=r"TLS: CERTIFICATE_VERIFY_FAILED.*--ca"), runner(
        relay, RelayWay(relay.url, TOKEN, context=distrusting)
    ):  # fmt: skip
        pass


ONE, TWO = request("http://h/one/a", b"{1}", "X-a: b"), request("http://h/two/b", b"")
CHUNKED = request("http://h/one/c", b"1\r\na\r\n0\r\n\r\n", "Transfer-Encoding: chunked")


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_requests_are_told_apart_whatever_their_pieces_and_no_byte_is_changed(size: int) -> None:
    raw, seen = ONE + CHUNKED + TWO + ONE, RequestsSeen()
    parts = [part for at in range(0, len(raw), size) for part in seen.feed(raw[at : at + size])]

    found: list[tuple[bytes, bytes]] = []
    for part in parts:
        if part.request:
            found.append((part.request.target, b""))
        found[-1] = found[-1][0], found[-1][1] + part.raw
    assert found == [(b"/one/a", ONE), (b"/one/c", CHUNKED), (b"/two/b", TWO), (b"/one/a", ONE)]
    assert not seen.waiting


def test_a_body_that_is_not_http_belongs_to_its_request() -> None:
    broken = request("http://h/one/c", b"zz\r\n", "Transfer-Encoding: chunked")
    seen = RequestsSeen()
    assert b"".join(part.raw for part in (*seen.feed(broken), *seen.feed(ONE))) == broken + ONE


def test_what_does_not_begin_as_http_is_no_request() -> None:
    with pytest.raises(NotHttp):
        list(RequestsSeen().feed(b"hello\r\n\r\n"))
