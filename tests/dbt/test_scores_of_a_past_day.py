"""The score of August, cut in September, is the same in November to the last digit, whatever was corrected since."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from include.cli import app
from include.home import Home
from include.settings import Settings
from include.warehouse.copy import copy_schemas
from include.warehouse.dbt import prepare
from include.warehouse.scores import Asked, NotScored, Recomputed, check_adds_up, recompute
from tests.dbt.in_process import run_dbt
from tests.dbt.tiny_lake import COUNTY, attempt, household, key, sent, write

FIRST, CUT, LATER = date(2026, 8, 20), date(2026, 9, 5), date(2026, 11, 20)
MONTH_END = date(2026, 8, 31)
ASSESSOR = "assessor-01"


def _sample(number: int, night: date, row: int, name: str, **values: Any) -> dict[str, Any]:
    usual = {"county_code": COUNTY, "village_code": f"{COUNTY}10000{row}", "sampled_on": date(2026, 8, 10)}
    usual |= {"design_weight": Decimal("7.35"), "persons": 3, "verified_poor": False, "satisfied": True}
    origin = {"submitter": ASSESSOR, "county_id": ASSESSOR, "attempt_id": f"{ASSESSOR}-{number:05d}"}
    return sent(number, night, row, **(usual | {"sample_id": f"Y{row}", "household_id": name} | values)) | origin


def _fund(number: int, night: date, row: int, **values: Any) -> dict[str, Any]:
    usual = {"project_id": f"F{row}", "fund_source": "county", "measure_code": "M-JOB", "place_code": COUNTY}
    usual |= {"allocated": Decimal("90000.01"), "allocated_on": date(2026, 5, 3), "disbursed": Decimal("31234.56")}
    return sent(number, night, row, **(usual | {"disbursed_on": date(2026, 8, 1)} | values))


def _august(home: Home) -> None:
    write(home, "attempts", FIRST, [attempt(1, FIRST, "full")])
    exited = {"exit_flag": "1", "exited_on": date(2025, 12, 1)}
    households = [household(1, FIRST, row, name, **exited) for row, name in enumerate("ABC", 2)]
    write(home, "accepted", FIRST, [*households, household(1, FIRST, 5, "D")], "households")
    exits = [
        sent(1, FIRST, row, decision_id=f"d{row}", household_id=name, act="exit", decided_on=date(2025, 12, 1))
        for row, name in enumerate("ABC", 2)
    ]
    write(home, "accepted", FIRST, exits, "decisions")
    samples = [_sample(1, FIRST, row, name, verified_exit_correct=name != "C") for row, name in enumerate("ABC", 2)]
    samples += [_sample(1, FIRST, 5, "D", verified_poor=True, satisfied=False, persons=5)]
    write(home, "accepted", FIRST, samples, "samples")
    write(home, "accepted", FIRST, [_fund(1, FIRST, 2), _fund(1, FIRST, 3, disbursed=None, disbursed_on=None)], "funds")
    tasks = {"unit_id": "U1", "place_code": COUNTY, "task_kind": "train", "target": 3}
    done = [sent(1, FIRST, 2, task_id="T2", due_on=date(2026, 7, 1), done_on=date(2026, 6, 30), **tasks)]
    done += [sent(1, FIRST, 3, task_id="T3", due_on=date(2026, 7, 31), **tasks)]
    write(home, "accepted", FIRST, done, "tasks")


def _corrections(home: Home) -> None:
    """What came in November and speaks of August: an exit that was right after all, money, an offer, a return."""
    write(home, "attempts", LATER, [attempt(2, LATER, as_of=date(2026, 8, 25))])
    spoken = {"as_of": date(2026, 8, 25)}
    write(home, "accepted", LATER, [_sample(2, LATER, 4, "C", verified_exit_correct=True, **spoken)], "samples")
    write(home, "accepted", LATER, [_fund(2, LATER, 3, disbursed=Decimal("45000"), **spoken)], "funds")
    offered = {"measure_id": "M1", "measure_code": "M-JOB", "household_id": "D", "response": "2"}
    write(home, "accepted", LATER, [sent(2, LATER, 2, offered_on=date(2026, 8, 1), **offered, **spoken)], "measures")
    returned = {"decision_id": "d9", "household_id": "C", "act": "return", "decided_on": date(2026, 8, 20)}
    write(home, "accepted", LATER, [sent(2, LATER, 2, **returned, **spoken)], "decisions")


def _build(home: Home, night: date) -> None:
    settings = Settings(home=home.root)
    prepare(home, settings)
    models = ["+responsibility__scorecards", "+responsibility__set_scores", "+responsibility__score_evidence"]
    leave = ["--exclude-resource-type", "test", "unit_test"]
    run_dbt(home, settings, night, ["build", "--select", *models, *leave])


def _scorecards(file: Path, cut: str) -> list[tuple[Any, ...]]:
    columns = "indicator_id, place_code, numerator, denominator, value, value_low, value_high, evidence_rows, points"
    query = f"select {columns} from responsibility.scorecards where cut_id = ? order by all"
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query, [cut]).fetchall()


def _set_score(home: Home, cut: str) -> Decimal:
    query = "select score from responsibility.set_scores where cut_id = ? and indicator_set = 'county'"
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return Decimal(connection.execute(query, [cut]).fetchall()[0][0])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose September marts are published and whose warehouse stands in November."""
    home = Home(tmp_path_factory.mktemp("past") / "home")
    _august(home)
    _build(home, CUT)
    home.published.mkdir()
    file = home.published / f"marts-{CUT}-1.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"attach '{home.warehouse}' as w (read_only)")
        copy_schemas(connection, "w", ["responsibility"])
    (home.published / "marts.duckdb").symlink_to(file.name)
    september = home.warehouse.with_name("september.duckdb")
    home.warehouse.rename(september)
    _corrections(home)
    _build(home, LATER)
    return home


@pytest.fixture(scope="module")
def explained(home: Home) -> Recomputed:
    """August as known in September, recomputed in November, with the contested wrong exit in and out."""
    asked = Asked(COUNTY, "county", MONTH_END, CUT, without=(f"{ASSESSOR}-Y4",))
    return recompute(home, Settings(home=home.root), asked)


def test_what_was_cut_stays_to_the_last_digit(home: Home) -> None:
    with duckdb.connect(str(home.published / "marts.duckdb"), read_only=True) as connection:
        columns = (
            "indicator_id, place_code, numerator, denominator, value, value_low, value_high, evidence_rows, points"
        )
        query = f"select {columns} from responsibility.scorecards where cut_id = 'month-2026-08' order by all"
        published = connection.execute(query).fetchall()
    assert len(published) > 10
    assert _scorecards(home.warehouse, "month-2026-08") == published
    restated = _scorecards(home.warehouse, "restated-2026-08")
    assert restated != published, "the corrections change nothing: this test could not fail"
    assert _set_score(home, "restated-2026-08") > _set_score(home, "month-2026-08")


def test_august_is_what_was_found_by_hand(home: Home) -> None:
    """Of three exits one was wrong; of the year's 180,000.02 yuan 31,234.56 were paid; one of two tasks in time."""
    points = {row[0]: (row[4], row[8]) for row in _scorecards(home.warehouse, "month-2026-08") if row[1] == COUNTY}
    assert points["county.exit_accuracy"] == (Decimal("0.666667"), 0)
    assert points["county.identification_accuracy"] == (1, 15)
    assert points["county.satisfaction"] == (Decimal("0.75"), 10)
    assert points["county.need_offered"] == (0, 0)
    assert points["county.wrong_exits_mended"] == (0, 0)
    assert points["county.disbursement_progress"] == (Decimal("0.173525"), Decimal("1.7353"))
    assert points["county.tasks_in_time"] == (Decimal("0.5"), 5)
    # 31,234.56 after 90 days; 58,765.45 and 90,000.01 still there after 120: 3.82 months, in the fourth 5 falls to 4.
    assert points["county.disbursement_delay"] == (Decimal("3.826475"), Decimal("4.1735"))


def test_recomputed_in_november_it_equals_what_was_published(home: Home, explained: Recomputed) -> None:
    published = {
        row[0]: row for row in _scorecards(home.warehouse, "month-2026-08") if row[1] == COUNTY and "county." in row[0]
    }
    for indicator in explained.told.indicators:
        figures = (indicator.numerator, indicator.denominator, indicator.value, indicator.value_low)
        row = published[indicator.indicator_id]
        assert (*figures, indicator.points) == (*row[2:6], row[8])
    assert len(explained.told.indicators) == len(published)
    assert explained.published == explained.told.score == _set_score(home, "month-2026-08")


def test_the_explanation_adds_up_and_would_say_if_not(explained: Recomputed) -> None:
    check_adds_up(explained.told, whole_set=True)
    exits = next(i for i in explained.told.indicators if i.indicator_id == "county.exit_accuracy")
    weight = Decimal("22.05")  # 7.35 for each of three persons
    reached = {2: weight, 3: weight, 4: Decimal(0)}
    assert [(row.key, row.numerator, row.denominator) for row in exits.rows] == [
        (f"{ASSESSOR}-Y{row}", value, weight) for row, value in reached.items()
    ]
    short = replace(exits, rows=exits.rows[1:])
    others = tuple(short if i is exits else i for i in explained.told.indicators)
    with pytest.raises(NotScored, match="exit_accuracy: its rows make"):
        check_adds_up(replace(explained.told, indicators=others), whole_set=True)
    with pytest.raises(NotScored, match="its indicators make"):
        check_adds_up(replace(explained.told, points=Decimal(1)), whole_set=True)


def test_a_contested_row_out(explained: Recomputed) -> None:
    """Without the contested wrong exit all exits are right and none is to be mended."""
    assert explained.without is not None
    points = {indicator.indicator_id: indicator.points for indicator in explained.without.indicators}
    assert (points["county.exit_accuracy"], points["county.wrong_exits_mended"]) == (15, None)
    assert explained.without.score is not None and explained.told.score is not None
    assert explained.without.score > explained.told.score


def test_the_command_says_where_each_point_comes_from(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGETED_HOME", str(home.root))
    asked = ["--place", COUNTY, "--indicator", "county.tasks_in_time", "--as-of", "2026-08-31"]
    told = CliRunner().invoke(app, ["score", "explain", *asked])
    assert told.exit_code == 0, told.output
    for part in ("formula 1, linear, self_report", "1.0000 / 2.0000 = 0.500000", "5.0000 of 10.0000 points",
                 f"tasks {COUNTY}-T3", "missing: no day on which it was done", "the same"):  # fmt: skip
        assert part in told.output
    assert key("D") not in told.output
    assert list(home.tmp.glob("score-*")) == []
    strange = CliRunner().invoke(app, ["score", "explain", *asked, "--without", "x'; drop"])
    assert strange.exit_code == 1
    assert "takes keys of evidence rows" in strange.output
