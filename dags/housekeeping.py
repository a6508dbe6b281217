"""
## housekeeping: removes what the rules of retention no longer keep

**Purpose.** Nothing is kept longer than its rule says, and the disk does not fill up. The partition key is the day.

**Inputs.** The state folder; the rules in `dbt_project/seeds/retention.csv` (or `TARGETED_RETENTION_RULES`).

**Outputs.** Fewer files; one row for each kind and rule in `quality.removals`. What a mart, a rerun of the last night
or a gate needs is never removed, nor a file that readers get.

**Rerun.** Trigger it at any time with a partition key such as `2026-11-20`; a second run finds nothing to do.

**When it fails.** Rights or disk: the log names the file. A row of the rules that cannot be read: the log names its
line, and nothing was removed. A key ahead of the clock: refused, since by it everything would be old; trigger it again
with today's. The night does not wait for it; clear the task when mended. See `docs/runbooks/retention.md`.
"""

from __future__ import annotations

from airflow.sdk import CronPartitionTimetable, dag, task

from include.clocks import TIMEZONE
from include.orchestration import (
    DEFAULT_ARGS,
    KEY_FORMAT,
    GateNotifier,
    ResolvedNotifier,
    first_night,
    run_step,
    started_at,
)


@dag(
    schedule=CronPartitionTimetable("0 12 * * *", timezone=TIMEZONE, key_format=KEY_FORMAT),
    start_date=first_night(),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["upkeep"],
    on_failure_callback=GateNotifier(),
    on_success_callback=ResolvedNotifier(),
)
def housekeeping() -> None:
    """Remove what the rules no longer keep."""

    @task
    def retention() -> dict[str, int]:
        return run_step("retention", looked_at=started_at())

    retention()


housekeeping()
