"""One stage of a night in a process of its own: all its batches, one after the other.

`python -m benchmarks.stage TASK NIGHT REPORT` with TARGETED_HOME set; REPORT gets its counts and bytes as JSON.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import date
from pathlib import Path

from benchmarks.measure import io_of_this_process
from include.home import Home
from include.night import tasks
from include.settings import Settings


def main(task: str, night: str, report: str) -> None:
    """Run the stage; raises what its step raises."""
    settings = Settings()
    counts: Counter[str] = Counter()
    for name, step in tasks(Home(settings.home.absolute()), settings, date.fromisoformat(night)):
        if name == task:
            result = step()
            print(result, flush=True)
            counts.update(result.counts)
    told = {"counts": counts, **io_of_this_process()}
    Path(report).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
