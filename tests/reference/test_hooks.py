"""What is replaced from outside takes effect everywhere, in a few lines."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import TypeVar

import httpx

from conformance.reference import Rules, Service, start
from conformance.reference.idempotency import Idempotency, Record
from conformance.reference.limiter import Limiter
from conformance.reference.request import Request
from conformance.reference.response import Response
from tests.reference.caller import WEBHOOKS, Caller, Meet

T = TypeVar("T")


def test_a_rule(meet: Meet) -> None:
    with start(rules=Rules(prompt_max=10, queue_seconds=0, run_seconds=0)) as server:
        caller = meet(server)
        assert caller.generate("x" * 11).status_code == 400
        generation_id = caller.generation("A heron")
        caller.rest()
        assert caller.poll(generation_id).json()["status"] == "succeeded"


def test_a_part(meet: Meet) -> None:
    class Shared(Limiter):
        def subject(self, request: Request) -> str:
            return request.route

    def alter(service: Service) -> None:
        service.parts.limiter = Shared(service.parts.rules, service.parts.clock)

    with start(alter=alter) as server:
        left = [meet(server, name).upload().headers["X-RateLimit-Remaining"] for name in ("primary", "other")]
        assert left == ["599", "598"]


def test_a_method_of_a_part(meet: Meet) -> None:
    with start(alter=lambda service: setattr(service.parts.ledger, "refund", lambda *_: None)) as server:
        caller = meet(server)
        caller.generation(server.service.parts.rules.failed)
        caller.advance(5)
        assert caller.balance == server.accounts["primary"].credits - 2


def test_a_part_that_leaks_between_customers(meet: Meet) -> None:
    class Leaky(Idempotency):
        def scope(self, request: Request) -> Hashable:
            return request.header("idempotency-key")

    with start(alter=lambda service: setattr(service.parts, "idempotency", Leaky())) as server:
        one, two = (meet(server, name).generate(once="a").json() for name in ("primary", "other"))
        assert one == two


def test_a_rewriter_sees_the_request_and_decides_the_response(primary: Caller) -> None:
    def rewrite(request: Request, response: Response) -> Response:
        seen.append((request.route, request.account.name if request.account else None, response.status))
        return response.without("X-RateLimit-Reset") if response.status == 404 else response

    seen: list[tuple[str, str | None, int]] = []
    primary.server.service.rewriters.append(rewrite)
    assert "X-RateLimit-Reset" not in primary.poll("1").headers
    assert "X-RateLimit-Reset" in primary.upload().headers
    issued = primary.upload().json()
    primary.http.put(issued["url"], content=b"1234", headers={"Content-Type": "image/png"})
    primary.http.get("/images/1/0.png")
    primary.http.get(WEBHOOKS)
    primary.http.get(f"{WEBHOOKS}/1", headers=primary.cookie)
    primary.http.get("/nothing")
    primary.http.get("/__clock")
    assert seen == [
        ("generation", "primary", 404),
        ("upload", "primary", 200),
        ("upload", "primary", 200),
        ("object", None, 200),
        ("image", None, 404),
        ("webhooks", None, 401),
        ("webhook", "primary", 404),
        ("unknown", None, 404),
    ]


def test_a_rewriter_may_be_slow_and_may_replace_everything(primary: Caller) -> None:
    async def rewrite(request: Request, response: Response) -> Response:
        await asyncio.sleep(0)
        return (
            replace(response, status=418).with_headers([("Date", "never")]).with_json({"body": request.body.decode()})
        )

    primary.server.service.rewriters.append(rewrite)
    answer = primary.call("POST", "upload", content=b"{}")
    assert (answer.status_code, answer.headers["Date"], answer.json()) == (418, "never", {"body": "{}"})
    assert answer.headers["X-RateLimit-Limit"] == "600"


def test_servers_of_one_process_share_nothing(meet: Meet) -> None:
    with start() as one, start() as two:
        meet(one).generation()
        meet(one).advance(5)
        assert not two.service.parts.generations
        assert meet(two).http.get("/__clock").json()["now"] == "2026-01-01T00:00:00.000Z"
        assert meet(two).upload().headers["X-RateLimit-Remaining"] == "599"


def test_two_racing_calls_meet_where_a_part_waits(meet: Meet) -> None:
    both = asyncio.Barrier(2)

    class Unlocked(Idempotency):
        async def once(self, request: Request, content: object, make: Callable[[], Awaitable[T]]) -> T:
            known = self.records.get(scope := self.scope(request))
            await both.wait()
            result: T = known.result if known else await make()
            self.records[scope] = Record(content, result)
            return result

    async def race(caller: Caller) -> set[str]:
        headers = {**caller.bearer, "Idempotency-Key": "race"}
        async with httpx.AsyncClient(base_url=caller.server.base_url, verify=False) as http:  # noqa: S501 - plain http
            calls = (http.post("/api/v1/generate", json={"prompt": "A heron"}, headers=headers) for _ in range(2))
            return {answer.json()["generationId"] for answer in await asyncio.gather(*calls)}

    with start(alter=lambda service: setattr(service.parts, "idempotency", Unlocked())) as server:
        caller = meet(server)
        assert len(asyncio.run(race(caller))) == 2
