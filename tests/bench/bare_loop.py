"""The requests of a journal, one by one, under one valid key of a fresh server; prints CPU and wall seconds."""

import sys
import time
from pathlib import Path

import httpx

from conformance import reference
from conformance.client.journal import EXCHANGES, files_of, read


def main(journal: Path) -> None:
    evidence = read(files_of(journal, EXCHANGES))
    with reference.start() as server, httpx.Client(base_url=server.base_url) as client:
        key = server.accounts["primary"].key
        requests = [
            client.build_request(
                exchange.request.method,
                "/" + exchange.request.url.split("/", 3)[-1],
                content=exchange.request.body,
                headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            )
            for exchange in evidence
        ]
        cpu, wall = time.process_time(), time.perf_counter()
        for request in requests:
            client.send(request)
        print(time.process_time() - cpu, time.perf_counter() - wall)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
