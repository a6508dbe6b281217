"""What the DAGs share: assets, the pool, defaults, how a step is run as a task, and the one notifier.

The only module under include/ that imports Airflow. Nothing heavy is imported when a DAG file is parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, BaseNotifier, get_current_context
from airflow.sdk.exceptions import AirflowFailException

SUBMISSIONS = Asset(name="submissions", uri="x-targeted://submissions")
"""A night's packages are received, checked, judged and let through by the submissions gate."""
MARTS_PUBLISHED = Asset(name="marts_published", uri="x-targeted://published/marts")
"""A night's marts.duckdb and marts_open.duckdb have been swapped in."""
QUALITY_PUBLISHED = Asset(name="quality_published", uri="x-targeted://published/quality")
"""A night's quality.duckdb has been swapped in, whether or not the gates let the marts through."""

TIMEZONE = "Asia/Shanghai"
KEY_FORMAT = "%Y-%m-%d"
"""A night is the partition key of every run: 2026-11-20."""

WAREHOUSE_POOL = "warehouse_writer"
"""One slot: DuckDB lets one process write a file, or many read it, never both at once."""
POOLS = {WAREHOUSE_POOL: (1, "Every task that opens the warehouse file: one at a time")}
"""Pools that must exist before the first night: slots and description by name."""

IO_RETRIES: dict[str, Any] = {
    "retries": 2,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=5),
}
"""Steps write aside and rename, so running one again is safe; a full disk or a killed process may pass."""
DEFAULT_ARGS: dict[str, Any] = {"owner": "data-engineering", **IO_RETRIES}
GATE_ARGS: dict[str, Any] = {"retries": 0}
"""A gate answers the same each time: asking again is noise."""


def night_of(partition_key: str | None) -> date:
    """The night a run is for, from its partition key; raises AirflowFailException that says how to start a run."""
    try:
        return datetime.strptime(partition_key or "", KEY_FORMAT).date()
    except ValueError:
        raise AirflowFailException(
            f"this run has the partition key {partition_key!r}, and a run is for one night: "
            "trigger it again with a partition key such as 2026-11-20 and no logical date"
        ) from None


def batch_list() -> list[str]:
    """Names of the batches that a night's submitters are split into, from TARGETED_BATCHES."""
    from include.home import batch_names
    from include.settings import Settings

    return list(batch_names(Settings().batches))


def run_step(step: str, *arguments: str, settings: Mapping[str, Any] | None = None) -> dict[str, int]:
    """Run one step of include.night for the night of the current run, print its result and return its counts.

    `step` is the function's name; `arguments` are its stage, layer or batch; `settings` overrides single settings. A
    refusal by a gate or by dbt is printed first and then fails the task at once, without a retry.
    """
    from include import night as steps
    from include.home import Home
    from include.settings import Settings

    night = night_of(get_current_context()["dag_run"].partition_key)
    chosen = Settings().model_copy(update=dict(settings or {}))
    home = Home(chosen.home.absolute())
    leading, trailing = ([arguments[0]], arguments[1:]) if step in ("gate", "build") else ([], arguments)
    try:
        result = getattr(steps, step)(home, chosen, *leading, night, *trailing)
    except Exception as error:
        if not _is_verdict(error):
            raise
        print(error, flush=True)
        headline = str(error).strip().splitlines()[0]
        raise AirflowFailException(f"{step} {' '.join(arguments)} said no: {headline}") from None
    print(result, flush=True)
    return dict(result.counts)


def _is_verdict(error: Exception) -> bool:
    """Whether a gate or dbt judged the data: the same data would be judged the same again."""
    from expectations.gate import GateFailed

    from include.warehouse.dbt import DbtFailed

    return isinstance(error, GateFailed | DbtFailed)


class GateNotifier(BaseNotifier):
    """Sends one alert for a failed run: which gate said no and why, or which step broke. Counts and rule ids only."""

    def notify(self, context: Any) -> None:
        """Called by Airflow once, when a run has failed (in the DAG processor)."""
        from include.settings import Settings
        from include.watch import alerts

        settings = Settings()
        run_id = str(context.get("run_id"))
        dag_id = context["dag"].dag_id
        raise NotImplementedError
