"""The floor: one process of bare DuckDB with the night's reading, its rules' counts and its household figures.

No finding is kept, no history, no gate, no file is published. `python -m benchmarks.floor PACKAGES NIGHT REPORT` with
TARGETED_HOME set to a scratch folder; REPORT gets figures, counts and what each part took, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from benchmarks.figures import figures
from benchmarks.floor_read import read_country
from benchmarks.floor_rules import count_broken
from benchmarks.measure import io_of_this_process
from include.duck import connect
from include.intake.identity import chain
from include.settings import Settings

_MARTS = Path(__file__).with_name("floor_marts.sql")
_KEY = b"a benchmark's key: hashing takes as long with any other"

Answer = TypeVar("Answer")


def main(packages: str, night: str, report: str) -> None:
    """Run the floor over the submitters' folders in `packages`."""
    settings = Settings()
    scratch = settings.home / "tmp" / "plain"
    scratch.mkdir(parents=True)
    when, parts = date.fromisoformat(night), {}

    def timed(part: str, work: Callable[[], Answer]) -> Answer:
        wall, cpu = time.perf_counter(), sum(os.times()[:2])
        answer = work()
        parts[part] = {"wall": time.perf_counter() - wall, "cpu": sum(os.times()[:2]) - cpu}
        return answer

    with connect(settings) as connection:
        read = timed("read", lambda: read_country(connection, Path(packages), when, chain([_KEY]), scratch))
        rules = timed("rules", lambda: count_broken(connection))
        connection.execute("set variable night = $night::date", {"night": when})
        timed("marts", lambda: connection.execute(_MARTS.read_text(encoding="utf-8")))
        told = {"figures": figures(connection), "counts": read, "rules": rules, "parts": parts}
    Path(report).write_text(json.dumps(told | io_of_this_process()), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
