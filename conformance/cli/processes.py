"""Calls of a function, each in a process of its own. None of them outlives who asked for them."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
FORK = multiprocessing.get_context("fork")
STOPPING = {signal.SIGINT, signal.SIGTERM}
EVERY = 1.0
"""Real seconds between two looks at the time while nothing ends."""
GRACE = 10.0
"""Real seconds that a process has to tidy up in, once it is told to stop."""


def each_apart(
    call: Callable[[T], R], tasks: Iterable[T], at_once: int, tick: Callable[[], object] = lambda: None
) -> Generator[tuple[T, R | None, int]]:
    """Each task with what its call returned, as it ends; None and the status of a process that died instead.

    `tick` is called about every second. Who stops to iterate closes it: then the processes that are at work are told to
    stop (SIGTERM, as KeyboardInterrupt), and are killed where they do not. Ctrl-C is for the caller alone.
    """
    left, at_work = deque(tasks), dict[Connection, tuple[T, ForkProcess]]()
    try:
        while left or at_work:
            while left and len(at_work) < at_once:
                with _held_back():
                    task = left.popleft()
                    reader, process = _started(call, task)
                    at_work[reader] = task, process
            ready = wait([*at_work], EVERY)
            for reader in [one for one in at_work if one in ready]:
                task, process = at_work[reader]
                value, status = _ended(reader, process)
                del at_work[reader]
                yield task, value, status
            tick()
    finally:
        _stop([process for _, process in at_work.values()])


@contextmanager
def _held_back() -> Iterator[None]:
    """Inside, nothing interrupts: what Python calls around a fork would swallow that, and the process be lost."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _started(call: Callable[[T], R], task: T) -> tuple[Connection, ForkProcess]:
    reader, writer = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_work, args=(writer, call, task), daemon=True)
    process.start()
    writer.close()
    return reader, process


def _work(writer: Connection, call: Callable[[T], R], task: T) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        writer.send(call(task))


def _ended(reader: Connection, process: ForkProcess) -> tuple[R | None, int]:
    try:
        value: R | None = reader.recv()
    except EOFError:
        value = None
    reader.close()
    process.join()
    return value, process.exitcode or 0


def _stop(processes: Iterable[ForkProcess]) -> None:
    every = list(processes)
    for process in every:
        process.terminate()
    for process in every:
        process.join(GRACE)
        if process.is_alive():
            process.kill()
            process.join()
