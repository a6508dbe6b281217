"""
## receive_submissions: the evening's packages, from inbox to lake

**Purpose.** Takes what lies in every inbox at 22:00 (Asia/Shanghai), archives the bytes encrypted, reads them, checks
every row, and accepts, holds or rejects each, whole households together. The partition key is the night: `2026-11-20`.

**Inputs.** `inbox/<submitter>/<package>/`, into which `fetch` brings what is on the server; contract, rules, standards.

**Outputs.** `landing/`, `lake/` and the asset `submissions`, which starts `build_marts` for the same night. When a task
here fails the marts are not built, and `quality.duckdb` is published from this run: letters and board still come out.

**Rerun.** A new run with the same key (ahead of the clock: refused), or clear the failed task. It takes nothing new.

**When it fails.** `fetch`: the server does not answer; no office is called missing for it: runbook `remote-inbox`.
`receive`: disk, rights, keys, or a file that hangs it. `meet`, `check`, `judge`: a fault of ours, no bad row.
`gate_submissions`: its log begins with the checks that failed. Nothing is lost: mend, and clear the task or `receive`.
"""

from __future__ import annotations

from airflow.sdk import CronPartitionTimetable, TriggerRule, dag, task

from include.clocks import TIMEZONE
from include.orchestration import (
    BATCH_WITHIN,
    DEFAULT_ARGS,
    KEY_FORMAT,
    QUALITY_PUBLISHED,
    RECEIVED_WITHIN,
    SUBMISSIONS,
    WAREHOUSE_POOL,
    GateNotifier,
    ResolvedNotifier,
    batch_list,
    deadline,
    fetch_at_night,
    first_night,
    run_step,
    started_at,
)


@dag(
    schedule=CronPartitionTimetable("0 22 * * *", timezone=TIMEZONE, key_format=KEY_FORMAT),
    start_date=first_night(),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["night", "intake"],
    on_failure_callback=GateNotifier(),
    on_success_callback=ResolvedNotifier(),
    deadline=deadline(RECEIVED_WITHIN),
)
def receive_submissions() -> None:
    """Receive every batch, let them meet, check and judge each; let the night through the submissions gate."""

    @task
    def batches() -> list[str]:
        return batch_list()

    @task(map_index_template="{{ task.op_kwargs['batch'] }}", execution_timeout=BATCH_WITHIN)
    def receive(batch: str) -> dict[str, int]:
        return run_step("receive", batch, looked_at=started_at())

    @task
    def meet() -> dict[str, int]:
        return run_step("meet")

    @task(map_index_template="{{ task.op_kwargs['batch'] }}")
    def check(batch: str) -> dict[str, int]:
        return run_step("check", batch)

    @task(map_index_template="{{ task.op_kwargs['batch'] }}")
    def judge(batch: str) -> dict[str, int]:
        return run_step("judge", batch)

    @task
    def gate_submissions() -> dict[str, int]:
        return run_step("gate", "submissions")

    @task(outlets=[SUBMISSIONS])
    def hand_over() -> None:
        """Tell build_marts that the night's submissions stand."""

    @task(pool=WAREHOUSE_POOL, trigger_rule=TriggerRule.ONE_FAILED)
    def build_quality_of_stopped_night() -> dict[str, int]:
        return run_step("build", "quality")

    @task(pool=WAREHOUSE_POOL, trigger_rule=TriggerRule.NONE_SKIPPED, outlets=[QUALITY_PUBLISHED])
    def publish_quality_of_stopped_night() -> dict[str, int]:
        return run_step("publish_quality")

    names, gate = batches(), gate_submissions()
    received, judged = receive.expand(batch=names), judge.expand(batch=names)
    fetch_at_night() >> received >> meet() >> check.expand(batch=names) >> judged >> gate >> hand_over()
    gate >> build_quality_of_stopped_night() >> publish_quality_of_stopped_night()


receive_submissions()
