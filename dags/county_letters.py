"""
## county_letters: what goes back to each submitter, and the morning board

**Purpose.** Writes, for every submitter of the night, the letter that says what was taken, held and refused and how to
mend it; and the monitoring lead's board. The partition key is the night.

**Inputs.** The asset `quality_published` of the same night; `published/quality.duckdb`, `published/marts_open.duckdb`.

**Outputs.** `outbox/<submitter>/<night>/`, copied by `hand_out` to the server of `TARGETED_INBOX_URL`; `board/`
(`index.html` leads to the rest), `lineage/night=<night>.jsonl` (OpenLineage: what each job read and wrote), and one
message to the alert routes: how the night went. For each county that a breaker holds a run of `release_county`, which
asks a person; a second one never asks again.

**Rerun.** Trigger a new run with the same partition key, or clear a task: letters and board are written over with the
same content. One batch alone: clear that mapped task.

**When it fails.** Nothing else waits for it. `letters`: its log names the submitter; the other batches are written
and handed out.
`hand_out`: the server does not answer: runbook `remote-inbox`. `board`: the pages not written yet stay as of the last
night, and say so. Letters and board read published files only, so mend the cause and clear. `lineage`: a file of the
lake cannot be read; its log names it. `heartbeat`: a route did not take the message, which waits for it; it fails the
run, so that somebody looks at the mail server. In quiet hours (`TARGETED_ALERT_QUIET_HOURS`) it waits for the DAG
`morning`.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import PartitionedAssetTimetable, TriggerRule, dag, task

from include.orchestration import (
    DEFAULT_ARGS,
    QUALITY_PUBLISHED,
    GateNotifier,
    ResolvedNotifier,
    batch_list,
    hand_out_at_night,
    held_counties,
    run_step,
    started_at,
)


@dag(
    schedule=PartitionedAssetTimetable(assets=QUALITY_PUBLISHED),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["night", "letters"],
    on_failure_callback=GateNotifier(),
    on_success_callback=ResolvedNotifier(),
)
def county_letters() -> None:
    """Letters by batch, the board and the lineage: none waits for another. The message of the night comes last."""

    @task
    def batches() -> list[str]:
        return batch_list()

    @task(map_index_template="{{ task.op_kwargs['batch'] }}")
    def letters(batch: str) -> dict[str, int]:
        return run_step("letters", batch)

    @task
    def board() -> dict[str, int]:
        return run_step("board")

    @task
    def lineage() -> dict[str, int]:
        return run_step("lineage")

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def heartbeat() -> dict[str, int]:
        return run_step("heartbeat", at=started_at())

    @task
    def close_letters() -> None:
        """Succeeds only after all of them: the heartbeat, which always comes, does not make a failed run good."""

    @task
    def held() -> list[dict[str, Any]]:
        return held_counties()

    TriggerDagRunOperator.partial(
        task_id="ask_for_release", trigger_dag_id="release_county", logical_date=None, skip_when_already_exists=True
    ).expand_kwargs(held())
    each = letters.expand(batch=batches())
    each >> (handed := hand_out_at_night())
    written = [each, handed, board(), lineage()]
    closed = close_letters()
    written >> heartbeat() >> closed
    written >> closed


county_letters()
