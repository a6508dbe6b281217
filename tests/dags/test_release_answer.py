"""What a person answers in the UI becomes the step's arguments; what nobody answers becomes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from include import orchestration
from include.clocks import local_time
from include.orchestration import ReleaseAnswer, night_of_run, release_answer

ANSWERED_AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


def answer(chosen: str, user: dict[str, str] | None, **given: Any) -> dict[str, Any]:
    return {
        "chosen_options": [chosen],
        "params_input": given,
        "responded_at": ANSWERED_AT.isoformat(),
        "responded_by_user": user,
    }


@pytest.fixture(autouse=True)
def run(monkeypatch: pytest.MonkeyPatch) -> None:
    params = {"county": "513431", "attempt": "513431-00007"}
    monkeypatch.setattr(orchestration, "get_current_context", lambda: {"params": params})


@pytest.mark.parametrize(("chosen", "said"), [("Release", "release"), ("Keep held", "refuse")])
def test_the_answer_carries_who_what_why_and_when(chosen: str, said: str) -> None:
    given = release_answer(answer(chosen, {"id": "7", "name": "Li"}, reason="two towns left"))
    arguments = ("513431", "513431-00007", said, "Li", "two towns left")
    assert given == ReleaseAnswer(arguments, local_time(ANSWERED_AT.timestamp()))


def test_no_reason_is_handed_on_as_empty_for_the_step_to_refuse() -> None:
    given = release_answer(answer("Release", {"id": "7", "name": "Li"}))
    assert given is not None
    assert given.arguments[-1] == ""


def test_a_request_that_nobody_answered_decides_nothing() -> None:
    assert release_answer(answer("Keep held", None)) is None


@pytest.mark.parametrize(
    "started",
    [
        {"partition_key": "2026-11-20", "conf": {}},
        {"partition_key": None, "conf": {"night": "2026-11-20"}},
    ],
)
def test_a_run_that_another_dag_started_has_its_night_in_its_conf(started: dict[str, Any]) -> None:
    assert night_of_run(SimpleNamespace(**started)) == date(2026, 11, 20)
