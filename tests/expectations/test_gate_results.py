"""Verdicts are rows whatever happens, say since when a check has failed, and survive being passed between tasks."""

from __future__ import annotations

import pickle
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from expectations import gate
from expectations.checks import Check, filled, none_of
from expectations.gate import GateFailed, run_gate
from expectations.results import STAGES, GateRow, write_rows
from include.home import Home
from include.settings import Settings

NIGHT = date(2026, 11, 22)


def home_of(tmp_path: Path) -> tuple[Home, Settings]:
    return Home(tmp_path), Settings(home=tmp_path)


def suite(
    monkeypatch: pytest.MonkeyPatch, measures: dict[str, str], blocking: list[Check], advisory: list[Check]
) -> None:
    """Let the gate `submissions` judge these tables."""
    made = SimpleNamespace(
        MEASURES={name: (lambda _, sql=sql: sql) for name, sql in measures.items()},
        blocking=lambda: blocking,
        advisory=lambda: advisory,
        prepare=lambda _: None,
    )
    monkeypatch.setattr(gate, "import_module", lambda _: made)


def rows(home: Home, night: date = NIGHT) -> list[tuple[object, ...]]:
    return duckdb.sql(
        "select check_id, suite, success, observed, unexpected, exception, examples"
        f" from '{home.lake_file('gate_results', night, 'submissions')}'"
    ).fetchall()


GOOD = "select 'county 513431' as scope, 0 as lost, 'abc' as content"
BAD = "select 'county 513431' as scope, 2 as lost, null as content"
LOST = none_of("nothing-lost", "t", "lost", "No row is lost", "Look for it")
TOLD = filled("content-told", "t", "content", "There is content", "Look for it", tell=True)


def test_a_gate_that_passes_writes_its_rows_and_tells_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, settings = home_of(tmp_path)
    suite(monkeypatch, {"t": GOOD}, [LOST, TOLD], [])
    result = run_gate("submissions", home, settings, NIGHT)
    assert result.counts == {"checks": 2, "passed": 2, "advice": 0}
    assert rows(home) == [
        ("nothing-lost", "blocking", True, "0 of 1 rows differ", 0, False, None),
        ("content-told", "blocking", True, "abc", 0, False, None),
    ]


def test_a_gate_that_fails_writes_its_rows_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, settings = home_of(tmp_path)
    suite(monkeypatch, {"t": BAD}, [LOST], [TOLD])
    with pytest.raises(GateFailed) as failure:
        run_gate("submissions", home, settings, NIGHT)
    assert [check.check_id for check in failure.value.failures] == ["nothing-lost"]
    assert rows(home) == [
        ("nothing-lost", "blocking", False, "1 of 1 rows differ", 1, False, "county 513431"),
        ("content-told", "advisory", False, "1 of 1 rows differ", 1, False, "county 513431"),
    ]


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        ("select 'x' as scope, 1 as something_else", "lost"),
        ("select lost from nowhere", "nowhere"),
        ("select 'x' as scope, cast(null as integer) as lost", "t.lost could not be measured in 1 rows"),
        ("select 'x' as scope, cast('513431198001019999' as integer) as lost", "ConversionException"),
    ],
)
def test_what_cannot_be_evaluated_fails_and_tells_no_value(
    measure: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, settings = home_of(tmp_path)
    suite(monkeypatch, {"t": measure}, [LOST], [])
    with pytest.raises(GateFailed) as failure:
        run_gate("submissions", home, settings, NIGHT)
    assert failure.value.failures[0].exception
    assert "513431198001019999" not in str(failure.value)
    assert "could not be evaluated" in str(failure.value)
    [(_, _, success, observed, _, exception, _)] = rows(home)
    assert (success, exception) == (False, True)
    assert says in str(observed)


def test_a_failure_in_great_expectations_itself_is_a_failed_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, settings = home_of(tmp_path)
    suite(monkeypatch, {"t": GOOD}, [LOST], [])

    def broken(*_: object) -> None:
        raise RuntimeError("no room left")

    monkeypatch.setattr(gate, "judge", broken)
    with pytest.raises(GateFailed) as failure:
        run_gate("submissions", home, settings, NIGHT)
    assert failure.value.failures[0].observed == "RuntimeError"


def test_advice_stops_nothing_and_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, settings = home_of(tmp_path)
    suite(monkeypatch, {"t": BAD}, [], [LOST])
    result = run_gate("submissions", home, settings, NIGHT)
    assert result.counts["advice"] == 1
    assert "nothing-lost" in result.notes[0]
    assert "county 513431" in result.notes[0]


def row(night: date, success: bool) -> GateRow:
    return GateRow(
        night, "submissions", "blocking", "nothing-lost", "No row is lost", success, "", "", 0, "critical", False, None,
        "",
    )  # fmt: skip


def test_since_is_the_first_night_of_the_present_run_of_failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, settings = home_of(tmp_path)
    for day, success in ((18, False), (19, True), (20, False), (21, False)):
        night = NIGHT.replace(day=day)
        write_rows(home, settings, "submissions", night, [row(night, success)])
    suite(monkeypatch, {"t": BAD}, [LOST], [])
    with pytest.raises(GateFailed) as failure:
        run_gate("submissions", home, settings, NIGHT)
    assert failure.value.failures[0].since == date(2026, 11, 20)
    assert "failing since 2026-11-20" in failure.value.summary()


def test_the_same_verdicts_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, settings = home_of(tmp_path)
    suite(monkeypatch, {"t": GOOD}, [LOST, TOLD], [])
    file = home.lake_file("gate_results", NIGHT, "submissions")
    run_gate("submissions", home, settings, NIGHT)
    first = file.read_bytes()
    run_gate("submissions", home, settings, NIGHT)
    assert file.read_bytes() == first


def test_a_failed_gate_can_be_passed_between_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, settings = home_of(tmp_path)
    suite(monkeypatch, {"t": BAD}, [LOST], [])
    with pytest.raises(GateFailed) as failure:
        run_gate("submissions", home, settings, NIGHT)
    copy = pickle.loads(pickle.dumps(failure.value))  # noqa: S301 our own bytes
    assert (copy.stage, copy.night, copy.failures) == ("submissions", NIGHT, failure.value.failures)
    assert str(copy) == str(failure.value)


def test_an_unknown_stage_is_refused(tmp_path: Path) -> None:
    home, settings = home_of(tmp_path)
    with pytest.raises(ValueError, match="no such stage: moon"):
        run_gate("moon", home, settings, NIGHT)


@pytest.mark.parametrize("stage", STAGES)
def test_the_runbook_that_a_failed_gate_names_is_there(stage: str) -> None:
    named = re.findall(r"docs/runbooks/[a-z-]+\.md", GateFailed(stage, NIGHT, []).summary())
    assert named == [f"docs/runbooks/gate-{stage}.md"]
    text = (Path(__file__).parents[2] / named[0]).read_text(encoding="utf-8")
    assert {"**What is blocked.**", "**Look at.**", "**Rerun.**"} <= set(re.findall(r"\*\*[A-Z][A-Za-z ]+\.\*\*", text))
