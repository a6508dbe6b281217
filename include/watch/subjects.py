"""What an alert about a step is filed under: DAG and task, so that only a success of the same task ends it.

Three DAGs have a task `fetch`, and each held county has its own run of `release_county`.
"""

from __future__ import annotations

from include.home import Home
from include.intake.release import waiting
from include.settings import Settings
from include.watch.state import read_open_alerts

STEP = "step:"
RELEASES = "release_county"
"""The DAG of which each run is about one attempt."""


def step_name(dag: str, task: str, attempt: str = "") -> str:
    """A step by its DAG, its task and, where the run is about one, the attempt: release_county.record 513431-00007."""
    return " ".join(part for part in (f"{dag}.{task}", attempt) if part)


def step_subject(name: str) -> str:
    """What an alert about a step is filed under."""
    return f"{STEP}{name}"


def over_without_a_run(home: Home, settings: Settings) -> list[str]:
    """Subjects of open alerts about releases of attempts that nobody is asked about any more.

    Decided from the command line, replaced by a later package or withdrawn: no run of the DAG will end them.
    """
    prefix = step_subject(f"{RELEASES}.")
    found = [alert.subject for alert in read_open_alerts(home) if alert.subject.startswith(prefix)]
    asked = {one.attempt_id for one in waiting(home, settings)} if found else set()
    return [subject for subject in found if subject.rpartition(" ")[2] not in asked]
