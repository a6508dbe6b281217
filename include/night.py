"""The steps of a night, in order. The DAGs and the command line call these and nothing else.

Each step reads what the step before it wrote, by night, and may be killed and run again. Heavy libraries are imported
inside the steps, so that a DAG file that names a step stays light.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

from include.clocks import known_at
from include.home import Home, batch_names
from include.result import Result
from include.settings import Settings

if TYPE_CHECKING:
    from expectations.gate import GateFailed
    from include.warehouse.dbt import DbtFailed


def receive(home: Home, settings: Settings, night: date, batch: str, arrived_at: datetime | None = None) -> Result:
    """Archive what lies in the batch's inbox accounts, encrypted, and read it into the lake as text.

    `arrived_at` is the arrival time to record (Asia/Shanghai, no zone); the night's cut-off when not given.
    """
    from include.intake.receive import receive as step
    from include.keys import ensure_keys

    ensure_keys(home)
    return step(home, settings, night, batch, arrived_at or known_at(night))


def check(home: Home, settings: Settings, night: date, batch: str) -> Result:
    """Type the rows that were read and write a finding for each rule a row breaks."""
    from include.intake.check import check as step

    return step(home, settings, night, batch)


def judge(home: Home, settings: Settings, night: date, batch: str) -> Result:
    """Accept, hold or reject each row, whole households together, and give each county its verdict."""
    from include.intake.judge import judge as step

    return step(home, settings, night, batch)


def gate(home: Home, settings: Settings, stage: str, night: date) -> Result:
    """Let Great Expectations judge a stage; raises GateFailed when the next stage may not run."""
    from expectations.gate import run_gate

    return run_gate(stage, home, settings, night)


def build(home: Home, settings: Settings, layer: str, night: date) -> Result:
    """Build one layer of the warehouse with dbt; raises DbtFailed."""
    from include.warehouse.dbt import build_layer

    return build_layer(home, settings, night, layer)


def publish(home: Home, settings: Settings, night: date) -> Result:
    """Publish marts.duckdb and marts_open.duckdb: written aside, read back, compared, then swapped."""
    from include.warehouse.publish import publish_marts

    return publish_marts(home, settings, night, lambda stage: gate(home, settings, stage, night))


def publish_quality(home: Home, settings: Settings, night: date) -> Result:
    """Publish quality.duckdb, pass or fail."""
    from include.warehouse.publish import publish_quality as step

    return step(home, settings, night)


def letters(home: Home, settings: Settings, night: date, batch: str) -> Result:
    """Write the letter of each submitter of the batch."""
    from include.letters.letters import write_letters

    return write_letters(home, settings, night, batch)


def board(home: Home, settings: Settings, night: date) -> Result:
    """Write the morning board."""
    from include.watch.board import write_board

    return write_board(home, settings, night)


def alert(home: Home, settings: Settings, failure: GateFailed | DbtFailed) -> None:
    """Tell the people who can act that a night was stopped: once, until it is resolved."""
    from expectations.gate import GateFailed
    from include.watch.alerts import notify_gate_failed, notify_step_failed

    if isinstance(failure, GateFailed):
        notify_gate_failed(home, settings, failure)
    else:
        notify_step_failed(home, settings, f"build_{failure.layer}", failure.night, type(failure).__name__)


def resolve(home: Home, settings: Settings, night: date) -> None:
    """End the open alerts that a whole night's success has answered."""
    from expectations.results import STAGES
    from include.warehouse.dbt import LAYERS
    from include.watch.alerts import notify_resolved

    for subject in (*(f"gate:{stage}" for stage in STAGES), *(f"step:build_{layer}" for layer in LAYERS)):
        notify_resolved(home, settings, subject, night)


def housekeeping(home: Home, settings: Settings, night: date) -> Result:
    """Remove what retention no longer keeps."""
    from include.warehouse.publish import remove_old_versions

    return remove_old_versions(home, settings, night)


def run(home: Home, settings: Settings, night: date, say: Callable[[Result], None]) -> None:
    """Run a whole night without a scheduler, in the order of the DAGs; `say` gets each step's result.

    Quality, letters and the board come out also when a gate stops the marts, and the alert goes out. Raises GateFailed
    or DbtFailed at the end, when the night did not publish.
    """
    from expectations.gate import GateFailed
    from include.warehouse.dbt import DbtFailed

    failed: GateFailed | DbtFailed | None = None
    try:
        for batch in batch_names(settings.batches):
            say(receive(home, settings, night, batch))
        for step in (check, judge):
            for batch in batch_names(settings.batches):
                say(step(home, settings, night, batch))
        say(gate(home, settings, "submissions", night))
        say(build(home, settings, "seeds", night))
        say(build(home, settings, "staging_intermediate", night))
        say(gate(home, settings, "warehouse", night))
        say(build(home, settings, "marts", night))
        say(gate(home, settings, "marts", night))
        say(build(home, settings, "quality", night))
        say(publish(home, settings, night))
    except (GateFailed, DbtFailed) as error:
        failed = error
        _build_quality_if_possible(home, settings, night, say)
    say(publish_quality(home, settings, night))
    for batch in batch_names(settings.batches):
        say(letters(home, settings, night, batch))
    say(board(home, settings, night))
    if failed:
        alert(home, settings, failed)
        raise failed
    resolve(home, settings, night)


def _build_quality_if_possible(home: Home, settings: Settings, night: date, say: Callable[[Result], None]) -> None:
    """After a failure the quality layer is still built; publish_quality falls back to the lake when it cannot be."""
    from include.warehouse.dbt import DbtFailed

    try:
        say(build(home, settings, "quality", night))
    except DbtFailed as error:
        say(Result("quality", night, notes=(str(error),)))
