"""A night by the command line's own function, in a process of its own: what each of its steps took.

`python -m benchmarks.night_alone NIGHT REPORT` with TARGETED_HOME set; REPORT gets (task, seconds) pairs as JSON, in
order, a step of batches once for each batch.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from time import monotonic

from include import night as steps
from include.home import Home
from include.result import Result
from include.settings import Settings


def main(night: str, report: str) -> None:
    """Run the night; raises what its steps raise."""
    settings = Settings()
    home, on = Home(settings.home.absolute()), date.fromisoformat(night)
    names = [*(name for name, _ in steps.tasks(home, settings, on)), "heartbeat"]
    moments = [monotonic()]

    def say(result: Result) -> None:
        moments.append(monotonic())
        print(result, flush=True)

    steps.run(home, settings, on, say)
    took = [(name, ended - begun) for name, begun, ended in zip(names, moments[:-1], moments[1:], strict=True)]
    Path(report).write_text(json.dumps(took), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
