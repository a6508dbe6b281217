"""
## build_marts: the night's marts, built, judged and published

**Purpose.** Builds the warehouse and the marts with dbt, lets Great Expectations judge each stage, and publishes. One
run per night, one night at a time; the partition key is the night.

**Inputs.** The asset `submissions` of the same night; `lake/` up to that night; the seeds.

**Outputs.** `published/marts.duckdb` and `published/marts_open.duckdb` (asset `marts_published`), and
`published/quality.duckdb` (asset `quality_published`, which starts `county_letters`). Quality is published pass or
fail; a failed gate leaves the last good marts where they are.

**Rerun.** Clear the failed task and what follows it: every step rebuilds from the lake and swaps its result in by
rename. A new run with the same partition key does the same work again and gives the same content. An older night than
the published one is built and not swapped in.

**When it fails.** A `gate_` task's log begins with the checks that failed, by rule and county; quality.duckdb holds the
same rows in `quality.gate_results`. A `build_` task's log ends with the failing dbt nodes. `publish` compares what it
wrote with what was judged, and stands behind the disclosure gate. Mend the cause, then clear from the first failed
task. The run stays failed until then, also when `publish_quality` has succeeded.
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, TriggerRule, dag, task

from include.orchestration import (
    DEFAULT_ARGS,
    MARTS_PUBLISHED,
    PUBLISHED_WITHIN,
    QUALITY_PUBLISHED,
    SUBMISSIONS,
    WAREHOUSE_POOL,
    GateNotifier,
    ResolvedNotifier,
    deadline,
    run_step,
)


@dag(
    schedule=PartitionedAssetTimetable(assets=SUBMISSIONS),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["night", "marts"],
    on_failure_callback=GateNotifier(),
    on_success_callback=ResolvedNotifier(),
    deadline=deadline(PUBLISHED_WITHIN),
)
def build_marts() -> None:
    """Build, gate, build, gate, publish; quality always."""

    @task(pool=WAREHOUSE_POOL)
    def build(layer: str) -> dict[str, int]:
        return run_step("build", layer)

    @task(pool=WAREHOUSE_POOL)
    def gate(stage: str) -> dict[str, int]:
        return run_step("gate", stage)

    @task(pool=WAREHOUSE_POOL, outlets=[MARTS_PUBLISHED])
    def publish() -> dict[str, int]:
        return run_step("publish")

    @task(pool=WAREHOUSE_POOL, trigger_rule=TriggerRule.ALL_DONE, outlets=[QUALITY_PUBLISHED])
    def publish_quality() -> dict[str, int]:
        return run_step("publish_quality")

    @task
    def close_night() -> None:
        """Succeeds only after publish and publish_quality: it keeps a stopped night's run failed."""

    gate_marts = gate.override(task_id="gate_marts")("marts")
    quality = build.override(task_id="build_quality", trigger_rule=TriggerRule.ALL_DONE)("quality")
    published, quality_published = publish(), publish_quality()
    (
        build.override(task_id="build_seeds")("seeds")
        >> build.override(task_id="build_staging_intermediate")("staging_intermediate")
        >> gate.override(task_id="gate_warehouse")("warehouse")
        >> build.override(task_id="build_marts")("marts")
        >> gate_marts
        >> quality
    )
    [gate_marts, quality] >> published
    [quality, published] >> quality_published
    [published, quality_published] >> close_night()


build_marts()
