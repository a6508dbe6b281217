"""
## morning: sends the messages that waited

**Purpose.** What need not wake anybody (an alert that is over, the digest of the night) waits for the end of quiet
hours, `TARGETED_ALERT_QUIET_HOURS`, and goes out here; so does what a route did not take at night. The partition key is
the day.

**Inputs.** The memory of the alerts, `watch/alerts.json` in the state folder.

**Outputs.** Messages on the alert routes; nothing when nothing waits.

**Rerun.** Trigger it at any time with a partition key such as `2026-11-20`; what was told is not told again.

**When it fails.** A route did not take a message, which waits on: look at the server that the log names, then clear the
task. See `docs/runbooks/step-failed.md`.
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
    schedule=CronPartitionTimetable("30 7 * * *", timezone=TIMEZONE, key_format=KEY_FORMAT),
    start_date=first_night(),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["upkeep"],
    on_failure_callback=GateNotifier(),
    on_success_callback=ResolvedNotifier(),
)
def morning() -> None:
    """Send what waits."""

    @task
    def send_due() -> dict[str, int]:
        return run_step("send_due", at=started_at())

    send_due()


morning()
