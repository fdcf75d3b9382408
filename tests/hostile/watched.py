"""One run of the command as a process: its seconds, its memory and disk, and what is left of it. Linux alone."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024
MEMORY_MOST, DISK_MOST = 1536, 500
"""MiB and MB: a run that takes so much is killed, for the sake of the machine."""
LOOK_EVERY, WEIGH_EVERY = 0.05, 0.5


@dataclass(frozen=True)
class Ran:
    """`status` is None when the run was killed, and `killed` says why. Seconds of wall clock, MiB, MB."""

    status: int | None
    killed: str
    seconds: float
    peak_mib: float
    disk_mb: float


def ran(command: list[str], folder: Path, output: Path, patience: float) -> Ran:
    """Run it in the folder, everything it says into one file. Neither it nor its children outlive this."""
    environment = {**os.environ, "TMPDIR": str(folder), "COLUMNS": "300", "NO_COLOR": "1"}
    began = time.monotonic()
    with output.open("wb") as said:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        killed, peak = _watched(process, folder, output, began + patience)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    seconds = time.monotonic() - began
    return Ran(None if killed else process.returncode, killed, seconds, peak, megabytes(folder))


def _watched(process: subprocess.Popen[bytes], folder: Path, output: Path, until: float) -> tuple[str, float]:
    """Why it has to be killed, empty when it ended by itself; and its peak memory in MiB."""
    peak, weighed = 0.0, time.monotonic()
    while process.poll() is None:
        peak = max(peak, sum(map(peak_mib, family(process.pid))))
        now = time.monotonic()
        if now > until:
            return "no end", peak
        if peak > MEMORY_MOST:
            return f"over {MEMORY_MOST} MiB of memory", peak
        if now > weighed + WEIGH_EVERY:
            weighed = now
            if megabytes(folder) + output.stat().st_size / 1e6 > DISK_MOST:
                return f"over {DISK_MOST} MB of disk", peak
        time.sleep(LOOK_EVERY)
    return "", peak


def family(pid: int) -> list[int]:
    """The process and its descendants, as far as they are alive."""
    found = [pid]
    for parent in found:
        for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, tasks.read_text().split())
    return found


def peak_mib(pid: int) -> float:
    """The most memory that a living process ever had resident; 0 for one that is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def megabytes(folder: Path) -> float:
    """What the files of a folder hold; those that vanish meanwhile hold nothing."""
    total = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(directory) / name).stat().st_size
    return total / 1e6
