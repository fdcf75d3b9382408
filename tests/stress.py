"""Many threads at once, switched as often as the interpreter can."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EACH = 4
SECONDS = 1.0
PATIENCE = 30.0
Job = Callable[[int], object]


@contextmanager
def switching(interval: float = 1e-6) -> Iterator[None]:
    """Threads give way to each other after so many seconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(interval)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def hammer(*jobs: Job, turns: int, each: int = EACH, seconds: float = SECONDS) -> None:
    """Run every job in so many threads at once, with a number that is its own from 0 to `turns` in each thread.

    Ends early after so many seconds, and as soon as a job raises anything, which is raised here.
    """
    errors: list[BaseException] = []
    gate = threading.Barrier(len(jobs) * each)
    until = time.monotonic() + seconds

    def run(job: Job, first: int) -> None:
        try:
            gate.wait(PATIENCE)
            for turn in range(turns):
                if errors or time.monotonic() > until:
                    return
                job(first + turn)
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            errors.append(error)

    runs = [(job, number * turns) for job in jobs for number in range(each)]
    threads = [threading.Thread(target=run, args=args, daemon=True) for args in runs]
    with switching():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, until + PATIENCE - time.monotonic()))
    if errors:
        raise errors[0]
    assert not any(thread.is_alive() for thread in threads), "a thread waits for ever"
