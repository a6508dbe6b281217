"""
## release_county: a person lets the removals and exits that a breaker holds take effect, or refuses to

**Purpose.** One run for each county whose package tripped the breaker, so that no answer waits for another. The run
asks in the UI (Required Actions); a named person answers `Release` or `Keep held` and says why.

**Inputs.** The run's conf: night, county, attempt, and what was measured; `county_letters` starts the run.

**Outputs.** The decision in `lake/release_decisions` (who, when, why, which attempt), shown in `quality.releases`. What
is released comes in with the next night. Unanswered after three days, refused or without a reason it stays held.

**Rerun.** Clear `ask` and it asks again. A decision that was made stays; the same answer again changes nothing.

**When it fails.** `record` says why the answer could not be recorded: the reason was empty, a later full package of
the county was taken, or it was decided otherwise before. Clear `ask` and answer again, or use `targeted release`. See
`docs/runbooks/release-county.md`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, dag, task

from include.orchestration import (
    DEFAULT_ARGS,
    KEEP_HELD,
    RELEASE,
    GateNotifier,
    ResolvedNotifier,
    release_answer,
    run_step,
)


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=500,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["night", "release"],
    params={
        "night": Param("", type="string", description="Night whose package is held, such as 2026-11-20."),
        "county": Param("", type="string", description="The county, by its stable id, such as 513431."),
        "attempt": Param("", type="string", description="The held attempt, such as 513431-00007."),
        "measured": Param("", type="string", description="What the breaker measured, for the person who decides."),
    },
    on_failure_callback=GateNotifier(),
    on_success_callback=ResolvedNotifier(),
)
def release_county() -> None:
    """Ask, and record what was answered."""
    ask = HITLOperator(
        task_id="ask",
        subject="Release the removals and exits of county {{ params.county }}, attempt {{ params.attempt }}?",
        body="Night {{ params.night }}. {{ params.measured }}. Ask the county: most mass removals are broken exports.",
        options=[RELEASE, KEEP_HELD],
        defaults=[KEEP_HELD],
        response_timeout=timedelta(days=3),
        params={"reason": Param("", type="string", description="Why; without a reason the county stays held.")},
    )

    @task
    def record(answer: Any) -> dict[str, int]:
        said = release_answer(answer)
        return run_step("release", *said.arguments, decided_at=said.decided_at) if said else {"decided": 0}

    record(ask.output)


release_county()
