"""
## housekeeping: removes what retention no longer keeps

**Purpose.** Keeps the disk from filling up: removes old versions of published files. The partition key is the day.

**Inputs.** `published/`; the setting `TARGETED_RETAIN_PUBLISHED`.

**Outputs.** Fewer files in `published/`. The files that the symlinks point to are never removed, and neither landing
nor lake is touched: any past night can still be rebuilt.

**Rerun.** Trigger it at any time with a partition key such as `2026-11-20`; a second run finds nothing to do.

**When it fails.** Rights or disk: the log names the file. The night does not wait for it; clear the task when mended.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import CronPartitionTimetable, Param, dag, task

from include.clocks import TIMEZONE
from include.orchestration import (
    DEFAULT_ARGS,
    KEY_FORMAT,
    GateNotifier,
    ResolvedNotifier,
    first_night,
    run_step,
)


@dag(
    schedule=CronPartitionTimetable("0 12 * * *", timezone=TIMEZONE, key_format=KEY_FORMAT),
    start_date=first_night(),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["upkeep"],
    params={
        "retain_published": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="Versions to keep",
            description="How many published versions of each file to keep; empty: as TARGETED_RETAIN_PUBLISHED says.",
        )
    },
    on_failure_callback=GateNotifier(),
    on_success_callback=ResolvedNotifier(),
)
def housekeeping() -> None:
    """Remove old published versions."""

    @task
    def remove_old_versions(params: dict[str, Any] | None = None) -> dict[str, int]:
        keep = (params or {}).get("retain_published")
        return run_step("housekeeping", settings={"retain_published": keep} if keep else None)

    remove_old_versions()


housekeeping()
