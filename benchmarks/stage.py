"""One stage of a night in a process of its own: all its batches, one after the other.

`python -m benchmarks.stage TASK NIGHT REPORT` with TARGETED_HOME set; REPORT gets its counts and bytes as JSON.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from time import process_time

from benchmarks.measure import io_of_this_process
from include import night as steps
from include.home import Home
from include.result import Result
from include.settings import Settings

GATE_CPU_MS = "CPU ms in gates"
"""Among the counts of a stage: what the gates cost that it asked, all threads together."""


def main(task: str, night: str, report: str) -> None:
    """Run the stage; raises what its step raises."""
    settings = Settings()
    counts: Counter[str] = Counter()
    ask = steps.gate

    def timed_gate(home: Home, settings: Settings, stage: str, night: date) -> Result:
        begun = process_time()
        try:
            return ask(home, settings, stage, night)
        finally:
            counts[GATE_CPU_MS] += round(1000 * (process_time() - begun))

    steps.gate = timed_gate  # publish asks two gates within itself
    for name, step in steps.tasks(Home(settings.home.absolute()), settings, date.fromisoformat(night)):
        if name == task:
            result = step()
            print(result, flush=True)
            counts.update(result.counts)
    told = {"counts": counts, **io_of_this_process()}
    Path(report).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
