"""
## freshness: have readers got last night's marts?

**Purpose.** At 07:00 (Asia/Shanghai) somebody hears of it when `published/marts.duckdb` is not of the night before:
also when the night never began, hangs, or ended without a word, and when a night that has not come was published. The
partition key is the day.

**Inputs.** The link `published/marts.duckdb`; the ledger, for whether a night was ever received.

**Outputs.** Nothing when the marts are there. Else one alert, which ends by itself with the run that publishes them.

**Rerun.** Trigger it at any time with a partition key such as `2026-11-21`, which asks for the night of the 20th.

**When it fails.** Readers have an older night: `docs/runbooks/not-published.md`. It fails again each morning until the
marts are there, and the alert is told once.
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
)


@dag(
    schedule=CronPartitionTimetable("0 7 * * *", timezone=TIMEZONE, key_format=KEY_FORMAT),
    start_date=first_night(),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["upkeep"],
    on_failure_callback=GateNotifier(),
    on_success_callback=ResolvedNotifier(),
)
def freshness() -> None:
    """Look once."""

    @task
    def marts_are_of_last_night() -> dict[str, int]:
        return run_step("freshness")

    marts_are_of_last_night()


freshness()
