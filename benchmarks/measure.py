"""Runs a command as a process of its own and says what it took, the processes that it started included."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_SECONDS = 0.2
_IO = Path("/proc/self/io")


class CommandFailed(RuntimeError):
    """A measured command ended with an error; what it printed is in the named file."""


@dataclass(frozen=True)
class Usage:
    """What a command took. Memory is of its largest process."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    spilled_bytes: int
    """The most that lay in the folder of spilled data at one time, looked at five times a second."""


def measured(command: Sequence[str], environment: Mapping[str, str], spill: Path, log: Path) -> Usage:
    """Run a command to its end; its output goes to `log`. Raises CommandFailed when it ends with an error."""
    most, ended = [0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(spill, ended, most), daemon=True)
    with log.open("wb") as out:
        started = time.perf_counter()
        watcher.start()
        process = subprocess.Popen(command, env=dict(environment), stdout=out, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    ended.set()
    watcher.join()
    if process.returncode != 0:
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}: read {log}, then run it again")
    # The kernel counts memory in kibibytes, and adds up the time of a process and of all that it waited for.
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, most[0])


def io_of_this_process() -> dict[str, int]:
    """Bytes this process and those it waited for have read and written by system calls, from disk or the page cache.

    Empty where the kernel does not tell.
    """
    if not _IO.exists():
        return {}
    told = dict(line.split(": ") for line in _IO.read_text(encoding="ascii").splitlines())
    return {"read": int(told["rchar"]), "written": int(told["wchar"])}


def _watch(folder: Path, ended: threading.Event, most: list[int]) -> None:
    while not ended.wait(_SAMPLE_SECONDS):
        most[0] = max(most[0], _size(folder))


def _size(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # spilled data goes as soon as it is not needed
            size += path.stat().st_size
    return size
