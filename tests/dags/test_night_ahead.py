"""A run whose partition key was mistyped: no task of it does anything, and none is tried again."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk.exceptions import AirflowFailException

from include import night as steps
from include import orchestration
from include.clocks import TIMEZONE, known_at
from include.home import Home
from include.orchestration import run_step
from include.result import Result

NIGHT = date(2026, 11, 22)


def start(monkeypatch: pytest.MonkeyPatch, key: str) -> list[dict[str, Any]]:
    """A task of a run with a partition key, begun at the cut-off of NIGHT; what it tells the notifier."""
    told: list[dict[str, Any]] = []
    began: datetime = known_at(NIGHT).replace(tzinfo=ZoneInfo(TIMEZONE))
    task = SimpleNamespace(start_date=began, xcom_push=lambda key, value: told.append(value))
    context = {"ti": task, "dag_run": SimpleNamespace(partition_key=key)}
    monkeypatch.setattr(orchestration, "get_current_context", lambda: context)
    return told


@pytest.mark.parametrize("step", ["receive", "publish", "publish_quality", "letters"])
def test_no_step_runs_for_a_night_that_has_not_come(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    received = Home(tmp_path).lake_file("attempts", NIGHT, "0-of-1")
    received.parent.mkdir(parents=True)
    received.touch()
    ran: list[date] = []

    def stub(home: Home, settings: object, night: date) -> Result:
        ran.append(night)
        return Result(step, night)

    monkeypatch.setattr(steps, step, stub)
    monkeypatch.setenv("TARGETED_HOME", str(tmp_path))
    told = start(monkeypatch, "2027-11-22")
    with pytest.raises(AirflowFailException, match="2027-11-22 尚未到来"):
        run_step(step)
    assert ran == [] and [one["class"] for one in told] == ["NightAhead"]
    start(monkeypatch, "2026-11-22")
    run_step(step)
    assert ran == [NIGHT]
