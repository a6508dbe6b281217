"""What the DAGs share: assets, the pool, defaults, how a step is run as a task, and the one notifier.

Beside include.remote.object_storage the only module under include/ that imports Airflow. Nothing heavy is imported when
a DAG file is parsed.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, BaseNotifier, TriggerRule, get_current_context, task
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.exceptions import AirflowFailException

from include.clocks import TIMEZONE, local_time

log = logging.getLogger(__name__)

SUBMISSIONS = Asset(name="submissions", uri="x-targeted://submissions")
"""A night's packages are received, checked, judged and let through by the submissions gate."""
MARTS_PUBLISHED = Asset(name="marts_published", uri="x-targeted://published/marts")
"""A night's marts.duckdb and marts_open.duckdb have been swapped in."""
QUALITY_PUBLISHED = Asset(name="quality_published", uri="x-targeted://published/quality")
"""A night's quality.duckdb has been swapped in, whether or not the gates let the marts through."""

KEY_FORMAT = "%Y-%m-%d"
"""A night is the partition key of every run: 2026-11-20."""

WAREHOUSE_POOL = "warehouse_writer"
"""One slot (dags/pools.json): DuckDB lets one process write a file, or many read it, never both at once."""

IO_RETRIES: dict[str, Any] = {
    "retries": 2,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=5),
}
"""Steps write aside and rename, so running one again is safe; a full disk or a killed process may pass.

A gate that was killed is asked again like any step. One that has answered is not: `run_step` ends its task for good.
"""
RELEASE, KEEP_HELD = "Release", "Keep held"
"""What a person may answer when a breaker holds a county."""

RECEIVED_WITHIN, PUBLISHED_WITHIN = timedelta(hours=4), timedelta(hours=5)
"""What receive_submissions and build_marts may take, from 22:00 to 07:00 together. The morning's `freshness` asks for
the marts themselves; this tells of a run that hangs while there is still time."""

LOOKED_WITHIN, CARRIED_WITHIN = timedelta(minutes=10), timedelta(minutes=40)
"""What a task that works with the server of the remote inbox may take, by day (every quarter of an hour) and in the
night. A server that takes a question and never answers hangs a task for good, and the next look waits for it: by day
less than a quarter of an hour, so that the look of 22:00 comes soon; in the night all three tries end within half of
RECEIVED_WITHIN. A try that was cut off is gone on with by the next."""

RECEIPTS_WITHIN, BATCH_WITHIN = timedelta(minutes=30), timedelta(minutes=75)
"""What a task may take that opens what offices sent: to answer for the packages of an inbox, and to receive a batch.
Both take seconds to minutes; but files are made by others, and one that hangs a reader must not hold the inbox, and
with it every other office's night. All three tries of a batch end within RECEIVED_WITHIN."""

BOARD_PAGE = "morning/board/index.html"
"""The board behind the UI's login: plugins/morning_board.py."""
FAILURE = "failure"
"""Key of the XCom by which a failing task tells the notifier what went wrong."""

DEFAULT_ARGS: dict[str, Any] = {"owner": "data-engineering", **IO_RETRIES}


def deadline(within: timedelta) -> DeadlineAlert:
    """Airflow's deadline of a night's run: when it is not done so long after it was queued, somebody is told once."""
    hours = within / timedelta(hours=1)
    callback = SyncCallback(tell_late, kwargs={"hours": hours})
    return DeadlineAlert(reference=DeadlineReference.DAGRUN_QUEUED_AT, interval=within, callback=callback)


def tell_late(hours: float, context: Mapping[str, Any]) -> None:
    """What Airflow calls when a deadline has passed; `context` has the run as its REST API gives it."""
    from include.home import Home
    from include.settings import Settings
    from include.watch import alerts

    run = context["dag_run"]
    settings = Settings()
    alerts.notify_late(Home(settings.home.absolute()), settings, run["dag_id"], night_of(run["partition_key"]), hours)


def first_night() -> datetime | None:
    """When the clock may start runs: TARGETED_FIRST_NIGHT (YYYY-MM-DD), or from now on when it is not set.

    Started within about two hours after 22:00, Airflow runs the night that has just begun; a machine that is still
    catching up by hand, or a demonstration, sets a later night. Runs that a person starts are not held by it.
    """
    text = os.environ.get("TARGETED_FIRST_NIGHT")
    return _midnight(text) if text else None


def _midnight(key: str) -> datetime:
    return datetime.strptime(key, KEY_FORMAT).replace(tzinfo=ZoneInfo(TIMEZONE))


def night_of(partition_key: str | None) -> date:
    """The night a run is for, from its partition key; raises AirflowFailException that says how to start a run."""
    try:
        return _midnight(partition_key or "").date()
    except ValueError:
        raise AirflowFailException(
            f"this run has the partition key {partition_key!r}, and a run is for one night: "
            "trigger it again with a partition key such as 2026-11-20 and no logical date"
        ) from None


def night_of_run(run: Any) -> date:
    """The night a run is for: its partition key, or of a run that another DAG has started its conf's `night`."""
    return night_of(run.partition_key or (run.conf or {}).get("night"))


def batch_list() -> list[str]:
    """Names of the batches that a night's submitters are split into, from TARGETED_BATCHES.

    As the first task of a run it also refuses a run that has no night.
    """
    from include.home import batch_names
    from include.settings import Settings

    night_of(get_current_context()["dag_run"].partition_key)
    return list(batch_names(Settings().batches))


def started_at() -> datetime:
    """When the current task started, Asia/Shanghai without zone: no step reads the clock itself."""
    start: datetime = get_current_context()["ti"].start_date
    return local_time(start.timestamp())


def run_step(
    step: str, *arguments: str, settings: Mapping[str, Any] | None = None, **times: datetime
) -> dict[str, int]:
    """Run one step of include.night for the night of the current run, print its result and return its counts.

    `step` is the function's name; `arguments` are its stage, layer or batch; `settings` overrides single settings, and
    `times` are handed on. A refusal by a gate or by dbt is printed first and then fails the task at once, no retry; so
    does a night that has not come, of which no step does anything.
    """
    from include import night as steps
    from include.home import Home
    from include.intake.ahead import refuse_unheard_ahead
    from include.settings import Settings

    context = get_current_context()
    night = night_of_run(context["dag_run"])
    chosen = Settings().model_copy(update=dict(settings or {}))
    home = Home(chosen.home.absolute())
    leading, trailing = ([arguments[0]], arguments[1:]) if step in ("gate", "build") else ([], arguments)
    try:
        refuse_unheard_ahead(home, night, started_at())
        result = getattr(steps, step)(home, chosen, *leading, night, *trailing, **times)
    except Exception as error:
        context["ti"].xcom_push(key=FAILURE, value=_failure(error))
        if not _is_verdict(error):
            raise
        # Through the log and not print: it then stands above the exception.
        log.error("%s\nBoard: %s/%s", error, chosen.ui_url, BOARD_PAGE)
        headline = str(error).strip().splitlines()[0]
        about = " ".join([step, *arguments[:1]])  # further ones are a person's own words
        raise AirflowFailException(f"{about} said no: {headline}") from None
    print(result, flush=True)
    return dict(result.counts)


@task(execution_timeout=LOOKED_WITHIN)
def fetch() -> dict[str, int]:
    """The task of every DAG that looks into the inbox: first what lies on the server comes here."""
    return run_step("fetch", looked_at=started_at())


@task(execution_timeout=LOOKED_WITHIN)
def hand_out() -> dict[str, int]:
    """The task of every DAG that writes into outboxes: what was written goes onto the server."""
    return run_step("hand_out")


fetch_at_night = fetch.override(execution_timeout=CARRIED_WITHIN)
# The letters of the other batches go onto the server also when one batch failed.
hand_out_at_night = hand_out.override(execution_timeout=CARRIED_WITHIN, trigger_rule=TriggerRule.ALL_DONE)


def held_counties() -> list[dict[str, Any]]:
    """For each attempt of the night that waits for a release, what starts its run of release_county."""
    from include.home import Home
    from include.intake.release import waiting
    from include.settings import Settings

    night = night_of_run(get_current_context()["dag_run"])
    settings = Settings()
    return [
        {
            "trigger_run_id": f"release-{held.attempt_id}",
            "conf": {
                "night": f"{night:%Y-%m-%d}",
                "county": held.county_id,
                "attempt": held.attempt_id,
                "measured": "; ".join(held.measured),
            },
        }
        for held in waiting(Home(settings.home.absolute()), settings, night)
    ]


@dataclass(frozen=True)
class ReleaseAnswer:
    """What a person answered on a held county, as the step `release` takes it."""

    arguments: tuple[str, ...]
    decided_at: datetime


def release_answer(answer: Mapping[str, Any]) -> ReleaseAnswer | None:
    """What a person answered in the current run; None when nobody did, and the county stays held."""
    person = answer["responded_by_user"]
    if not person:
        log.warning("nobody answered in time: the county stays held; clear `ask` to ask again")
        return None
    params = get_current_context()["params"]
    said = "release" if answer["chosen_options"] == [RELEASE] else "refuse"
    reason = str((answer["params_input"] or {}).get("reason") or "")
    at = datetime.fromisoformat(str(answer["responded_at"]))
    arguments = (params["county"], params["attempt"], said, person["name"], reason)
    return ReleaseAnswer(arguments, local_time(at.timestamp()))


def _is_verdict(error: Exception) -> bool:
    """Whether a gate or dbt judged the data, or a person or question was answered no: asked again it would be no."""
    from expectations.gate import GateFailed
    from include.intake.ahead import NightAhead
    from include.intake.decided import DecisionRefused
    from include.remote.files import RemoteInboxMisconfigured
    from include.warehouse.dbt import DbtFailed
    from include.watch.freshness import MartsNotFresh

    answers = GateFailed | DbtFailed | DecisionRefused | MartsNotFresh | NightAhead | RemoteInboxMisconfigured
    return isinstance(error, answers)


def _failure(error: Exception) -> dict[str, Any]:
    """What the notifier needs to know of an error: its class, and of a failed gate its stage and failed checks."""
    from expectations.gate import GateFailed
    from include.upkeep.free_space import told_of
    from include.watch.freshness import MartsNotFresh

    told: dict[str, Any] = {"class": type(error).__name__, "no_space": told_of(error), "stage": None, "failures": []}
    if isinstance(error, GateFailed):
        rows = [asdict(check) for check in error.failures]
        texts = [
            {name: value if value is None or isinstance(value, bool) else str(value) for name, value in row.items()}
            for row in rows
        ]
        told |= {"stage": error.stage, "failures": texts}
    if isinstance(error, MartsNotFresh):
        told |= {"not_fresh": [f"{error.due}", f"{error.served}" if error.served else None]}
    return told


@dataclass(frozen=True)
class _GateFailure:
    """A failed gate as the alerts take it."""

    stage: str
    night: date
    failures: Sequence[Mapping[str, Any]]


class GateNotifier(BaseNotifier):
    """On a run's failure one alert for its first cause: the gate that said no, or the step that broke.

    Airflow calls it once per run, in the DAG processor. It carries counts, rule ids and counties, no row and no key.
    """

    def notify(self, context: Any) -> None:
        """Tell who must act; raises AlertNotDelivered when a route does not take it (logged by the DAG processor).

        A night that has not come is told to nobody: who gave its date reads the refusal, and the alert would stand
        until that night.
        """
        from include.home import Home
        from include.intake.ahead import NightAhead
        from include.settings import Settings
        from include.watch import alerts
        from include.watch.subjects import step_name

        settings = Settings()
        home = Home(settings.home.absolute())
        night = night_of_run(context["dag_run"])
        task_id, instances = _first_failed(context)
        told = context["ti"].xcom_pull(task_ids=task_id, key=FAILURE, map_indexes=instances) if task_id else []
        failure = next((one for one in told if one), None)
        if failure and failure["class"] == alerts.AlertNotDelivered.__name__:
            self.log.info("%s of %s: the route that failed has an alert of its own", task_id, night)
            return
        if failure and failure["class"] == NightAhead.__name__:
            self.log.info("%s: the night %s has not come, and nothing was done for it", task_id, night)
            return
        if failure and failure["stage"]:
            gate = _GateFailure(failure["stage"], night, failure["failures"])
            count = alerts.notify_gate_failed(home, settings, gate)
        elif failure and "not_fresh" in failure:
            due, served = failure["not_fresh"]
            count = alerts.notify_not_fresh(home, settings, night_of(due), night_of(served) if served else None)
        else:
            reason = failure["class"] if failure else "ended without an answer"
            no_space = failure["no_space"] if failure else ""
            name = step_name(context["dag"].dag_id, task_id or "run", _attempt_of(context["dag_run"]))
            count = alerts.notify_step_failed(home, settings, name, night, reason, no_space)
        self.log.info("alert for %s of %s: %s routes told", task_id, night, count)


class ResolvedNotifier(BaseNotifier):
    """On a run's success one message for each alert of its tasks that is over; silent when there was none."""

    def notify(self, context: Any) -> None:
        """End the open alerts of this DAG's tasks, up to the run's night."""
        from include.home import Home
        from include.settings import Settings
        from include.watch import alerts
        from include.watch.freshness import answered
        from include.watch.subjects import over_without_a_run

        settings = Settings()
        home = Home(settings.home.absolute())
        night = night_of_run(context["dag_run"])
        dag, attempt = context["dag"], _attempt_of(context["dag_run"])
        of_tasks = (
            subject for task_id in ("run", *dag.task_ids) for subject in _subjects(dag.dag_id, task_id, attempt)
        )
        subjects = [f"late:{dag.dag_id}", *of_tasks]
        if "publish" in dag.task_ids:
            subjects += answered(home, night)
        if "ask_for_release" in dag.task_ids:
            subjects += over_without_a_run(home, settings)
        ended = context["dag_run"].end_date
        alerts.notify_resolved(home, settings, subjects, night, local_time(ended.timestamp()) if ended else None)


def _subjects(dag_id: str, task_id: str, attempt: str) -> list[str]:
    """What alerts about a task are filed under: publishing holds two gates."""
    from include.watch.subjects import step_name, step_subject

    gates = ["disclosure", "published"] if task_id == "publish" else []
    if task_id.startswith("gate_"):
        gates = [task_id.removeprefix("gate_")]
    return [*(f"gate:{stage}" for stage in gates), step_subject(step_name(dag_id, task_id, attempt))]


def _attempt_of(run: Any) -> str:
    """The attempt that a run is about; empty for the runs of a night."""
    return str((run.conf or {}).get("attempt", ""))


def _first_failed(context: Any) -> tuple[str | None, list[int]]:
    """The failed task that comes first in the DAG's order, the cause of what failed after it, and its map indexes."""
    run_id, dag = context["run_id"], context["dag"]
    states = context["ti"].get_task_states(dag_id=dag.dag_id, run_ids=[run_id]).get(run_id, {})
    failed = [name for name, state in states.items() if state == "failed"]
    for operator in dag.topological_sort():
        found = [re.fullmatch(rf"{re.escape(operator.task_id)}(?:_(\d+))?", name) for name in failed]
        if instances := [int(match[1]) if match[1] else -1 for match in found if match]:
            return str(operator.task_id), instances
    return None, []
