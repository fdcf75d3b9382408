"""A pytest plugin: what the parts of a run take, in CPU and wall seconds, as JSON in the file $BENCH_PARTS.

It wraps what it measures from outside, so that it measures other versions too; what a version lacks is left out.
"""

import importlib
import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SPENT: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
"""CPU and wall seconds by part."""
SERVER = ("reference ", "asyncio_")
"""How the names of the embedded server's threads begin."""
WRAPPED = {
    "requests": ("conformance.client.recorder", "Recorder", "capture"),
    "waiting": ("conformance.target.clock", "SteppedClock", "wait"),
    "judging": ("conformance.session.found", "", "outcomes_of_traffic"),
}
LOCK = threading.Lock()


@contextmanager
def measured(part: str, cpu: Callable[[], float] = time.process_time) -> Generator[None]:
    began = cpu(), time.perf_counter()
    try:
        yield
    finally:
        with LOCK:
            SPENT[part][0] += cpu() - began[0]
            SPENT[part][1] += time.perf_counter() - began[1]


def wrap(part: str, module: str, owner: str, name: str) -> None:
    place: Any = importlib.import_module(module)
    place = getattr(place, owner, None) if owner else place
    proper = getattr(place, name, None)
    if proper is None:
        return
    cpu = time.process_time if part == "judging" else time.thread_time

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with measured(part, cpu):
            return proper(*args, **kwargs)

    setattr(place, name, wrapped)


def pytest_sessionstart() -> None:
    SPENT["start"] = [time.process_time(), time.time() - float(os.environ["BENCH_BEGAN"])]
    for part, place in WRAPPED.items():
        wrap(part, *place)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, Any, Any]:
    with measured("collection"):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop() -> Generator[None, Any, Any]:
    with measured("tests"):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish() -> Generator[None, Any, Any]:
    SPENT["server"][0] = sum(cpu_of(each) for each in threading.enumerate() if each.name.startswith(SERVER))
    try:
        with measured("end"):
            return (yield)
    finally:
        parts = {**SPENT, "writing": [end - judged for end, judged in zip(SPENT["end"], SPENT["judging"], strict=True)]}
        Path(os.environ["BENCH_PARTS"]).write_text(json.dumps(parts), encoding="utf-8")


def cpu_of(thread: threading.Thread) -> float:
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))
