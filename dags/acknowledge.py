"""
## acknowledge: "did you get my file?", answered every quarter of an hour

**Purpose.** Puts a receipt into the submitter's outbox for each package that lies whole in its inbox: its number, its
hash, whether it can be read and what of it will be read tonight. The inbox folder says who sent it. The partition key
is the day (Asia/Shanghai).

**Inputs.** `inbox/<submitter>/<package>`, into which `fetch` brings what lies whole in a remote inbox where one is set
(`TARGETED_INBOX_URL`); the contract; the ledger, for the next number.

**Outputs.** `lake/receipts/` and `outbox/<submitter>/<night>/receipt-<number>.html`; `hand_out` copies them to the
server. Nothing in the local inbox is taken, moved or archived: that is `receive_submissions`, which gives each package
the number that its receipt says.

**Rerun.** Trigger it at any time with today's date as partition key; a package that has its receipt gets no second
one. A missed run needs no mending: the next one answers for it, also for what a night has taken meanwhile.

**When it fails.** `fetch`, `hand_out`: the server of the remote inbox does not answer: runbook `remote-inbox`; a later
run fetches what lies there. `receipts`: disk or rights; the log names the file. The night does not wait for it. While a
night is being received a run writes no receipt and says so.
"""

from __future__ import annotations

from airflow.sdk import CronPartitionTimetable, TriggerRule, dag, task

from include.clocks import TIMEZONE
from include.orchestration import (
    DEFAULT_ARGS,
    KEY_FORMAT,
    RECEIPTS_WITHIN,
    GateNotifier,
    ResolvedNotifier,
    fetch,
    first_night,
    hand_out,
    run_step,
    started_at,
)


@dag(
    schedule=CronPartitionTimetable("*/15 * * * *", timezone=TIMEZONE, key_format=KEY_FORMAT),
    start_date=first_night(),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["intake", "letters"],
    on_failure_callback=GateNotifier(),
    on_success_callback=ResolvedNotifier(),
)
def acknowledge() -> None:
    """Look into every inbox once and answer."""

    @task(trigger_rule=TriggerRule.ALL_DONE, execution_timeout=RECEIPTS_WITHIN)
    def receipts() -> dict[str, int]:
        return run_step("acknowledge", looked_at=started_at())

    fetched, told = fetch(), receipts()
    fetched >> told
    [fetched, told] >> hand_out()


acknowledge()
