"""Months that were cut are taken over whole while nothing they are made from came since: as if worked out anew.

Histories over three months are drawn, with late news, corrections, holds, decisions amended and shared members, and a
line that becomes known late; every night is built from what the one before left, and anew. `test_carried_versions` asks
the same of the rows that both stand on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from include.clocks import known_at
from include.home import Home
from include.settings import Settings
from include.warehouse.carry import CARRIED
from include.warehouse.dbt import prepare
from tests.dbt.compiled_models import NIGHT, CompiledModels
from tests.dbt.in_process import run_dbt
from tests.dbt.tiny_lake import COUNTY, attempt, household, person, sent

LAST_CARRIED = date(1926, 1, 1)
"""Stands in the compiled SQL for the carried night, which the test puts in its place."""
NIGHTS = tuple(
    date(2026, month, day)
    for month, day in [(9, 20), (10, 2), (10, 20), (11, 3), (11, 9), (11, 10), (11, 11), (11, 20)]
)
LINE_KNOWN_FROM = date(2026, 11, 10)
FIGURES = (
    "int_poverty_measures", "int_income_gini", "int_deprivation_measures", "int_cause_counts", "int_movements",
    "int_area_changes", "int_exit_guarantees", "int_status_breaches", "int_sample_evidence",
)  # fmt: skip
Row = dict[str, Any]


@dataclass
class History:
    """What came, by night and staged table; a row may name more than the table's columns."""

    rows: list[tuple[date, str, Row]] = field(default_factory=list)

    def add(self, night: date, table: str, row: Row) -> None:
        if table.endswith("__persons") and row.get("person_key"):
            keys = {
                "household_key",
                "person_no",
                "person_key",
                "attempt_id",
                "number",
                "file",
                "row",
                "as_of",
                "known_at",
            }
            told = {name: value for name, value in row.items() if name in keys}
            self.rows.append((night, table.replace("__persons", "__person_keys"), told))
        self.rows.append((night, table, {name: value for name, value in row.items() if name != "person_key"}))

    def by(self, night: date) -> Mapping[str, Sequence[Row]]:
        """What had come by a night."""
        staged: dict[str, list[Row]] = {}
        for came, table, row in self.rows:
            if came <= night:
                staged.setdefault(table, []).append(row)
        return staged


@st.composite
def histories(draw: st.DrawFn) -> History:
    """One county's nights; each tells whatever day it likes of four households."""
    history = History()
    everybody = ["h1", "h2", "h3", "h4"]
    for number, night in enumerate(NIGHTS, 1):
        full = number == 1 or draw(st.integers(0, 5)) == 0
        as_of = (
            night
            if number == 1
            else max(NIGHTS[0], night - timedelta(days=draw(st.sampled_from([0, 0, 0, 4, 12, 35]))))
        )
        history.add(night, "stg_ledger__attempts", attempt(number, night, "full" if full else "changes", as_of=as_of))
        history.add(night, "stg_ledger__attempt_states", {"attempt_id": f"{COUNTY}-{number:05d}", "state": "accepted"})
        for row, who in enumerate(
            everybody if full else draw(st.lists(st.sampled_from(everybody), max_size=2, unique=True)), 2
        ):
            kind = "held" if number > 1 and draw(st.integers(0, 4)) == 0 else "accepted"
            closes = number > 1 and draw(st.integers(0, 6)) == 0
            values = {
                "wage_income": draw(st.sampled_from([0, 4000, 30_000])),
                "exit_flag": draw(st.sampled_from(["0", "0", "1", "3"])),
                "village_code": draw(st.sampled_from(["513431100001", "513431101001"])),
                "operation": "close" if closes else "upsert",
            }  # fmt: skip
            extra = {"held_by": ["value-missing"], "provisional": False} if kind == "held" else {}
            told = household(number, night, row, who, as_of=as_of, **values) | extra
            history.add(night, f"stg_{kind}__households", told)
            for no in (1, 2):
                if number == 1 or draw(st.booleans()):
                    shared = draw(st.integers(0, 3)) == 0
                    values = {
                        "medical_insurance": draw(st.booleans()),
                        "birth_date": date(1980, draw(st.sampled_from([3, 10, 11])), 5),
                        "person_key": "shared" if shared else f"hash-{who}-{no}",
                    }  # fmt: skip
                    told = person(number, night, 10 * row + no, who, no, as_of=as_of, **values) | extra
                    history.add(night, f"stg_{kind}__persons", told)
        for row in range(draw(st.integers(0, 2))):
            values = {
                "household_id": draw(st.sampled_from(everybody)),
                "decision_id": draw(st.sampled_from(["d1", "d2", "d3"])),
                "act": draw(st.sampled_from(["exit", "return", "remove", "register"])),
                "decided_on": night - timedelta(days=draw(st.sampled_from([0, 1, 9, 40]))),
            }  # fmt: skip
            history.add(night, "stg_accepted__decisions", sent(number, night, row, as_of=as_of, **values))
        if draw(st.integers(0, 3)) == 0:
            values = {
                "household_id": draw(st.sampled_from(everybody)),
                "application_id": draw(st.sampled_from(["a1", "a2"])),
                "status": draw(st.sampled_from(["pending", "granted"])),
                "applied_on": as_of - timedelta(days=draw(st.sampled_from([0, 20]))),
            }  # fmt: skip
            history.add(night, "stg_accepted__applications", sent(number, night, 2, as_of=as_of, **values))
        if draw(st.integers(0, 3)) == 0:
            who = draw(st.sampled_from(everybody))
            values = {
                "sample_id": draw(st.sampled_from(["s1", "s2"])), "county_code": COUNTY, "household_id": who,
                "sampled_on": as_of, "design_weight": 1, "persons": 2, "verified_poor": draw(st.booleans()),
            }  # fmt: skip
            history.add(night, "stg_accepted__samples", sent(number, night, 2, as_of=as_of, **values))
    return history


class Nights(CompiledModels):
    """The models' SQL, anew and carried, of any night."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, *FIGURES)
        self._anew = self._models
        home = Home(root / "over")
        prepare(home, Settings(home=home.root))
        command = ["compile", "--select", *(f"+{model}" for model in FIGURES)]
        run_dbt(home, Settings(home=home.root), NIGHT, command, asked={"TARGETED_CARRIED_NIGHT": f"{LAST_CARRIED}"})
        compiled = home.warehouse.parent / "dbt-target" / "compiled"
        self._over = [
            (name, next(compiled.rglob(f"{name.split('.')[1]}.sql")).read_text("utf-8")) for name, _ in self._anew
        ]
        self.columns = {name: {column for column, *_ in self.rows(f"describe staging.{name}")} for name in self.staged}
        self.built = {name.split(".")[1] for name, _ in self._anew}
        self.connection.execute(
            f"""insert into seeds.standards select * replace (
                'known late' as standard_id, date '{LINE_KNOWN_FROM}' as known_from, 2500 as value)
            from seeds.standards where standard_id = 'poverty_line_national_2021'"""
        )

    def play(self, history: History, night: date, carried: date | None = None) -> dict[str, list[Any]]:
        """Build a night anew, or from what was laid aside on another; returns the figures."""
        models = self._over if carried else self._anew
        self._models = [
            (name, sql.replace(f"{LAST_CARRIED}", f"{carried}").replace(f"{NIGHT}", f"{night}")) for name, sql in models
        ]
        self.run(
            {
                table: [{name: row[name] for name in row if name in self.columns[table]} for row in rows]
                for table, rows in history.by(night).items()
            }
        )
        return {name: self.rows(f"select * from intermediate.{name} order by all") for name in FIGURES}

    def lay_aside(self) -> None:
        for model in self.built & set(CARRIED):
            self.connection.execute(
                f"create or replace table intermediate.{model}__carried as from intermediate.{model}"
            )

    def cuts(self) -> dict[str, str]:
        """What is done about each cut: due, beside (settled, with households to compare with) or settled."""
        found = self.rows(
            """select cut_id, case when o.cut_id is null then 'settled' when o.settled then 'beside' else 'due' end
            from intermediate.int_cuts left join intermediate.int_open_cuts as o using (cut_id)"""
        )
        return dict(found)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    return Nights(tmp_path_factory.mktemp("settled"))


def _differences(nights: Nights, history: History, skipped: Sequence[int]) -> dict[str, list[str]]:
    """Figures that differ, by night, between the night carried over from the last one built and the night anew."""
    differ = {}
    carried = None
    for number, night in enumerate(NIGHTS):
        if number in skipped:
            continue
        over = nights.play(history, night, carried)
        anew = nights.play(history, night) if carried else over
        differ[f"{night}"] = [name for name in FIGURES if over[name] != anew[name]]
        nights.lay_aside()
        carried = night
    return {night: names for night, names in differ.items() if names}


_DRAWN = {
    "deadline": None,
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}
_SKIPPED = st.sampled_from([(), (1, 3), (2, 5, 6)])


@pytest.mark.long
@settings(max_examples=60, **_DRAWN)  # type: ignore[arg-type]
@given(history=histories(), skipped=_SKIPPED)
def test_every_figure_of_every_night_is_the_one_worked_out_anew(
    nights: Nights, history: History, skipped: tuple[int, ...]
) -> None:
    assert _differences(nights, history, skipped) == {}


def _begun() -> History:
    """A county that told everything on its first night."""
    history = History()
    history.add(NIGHTS[0], "stg_ledger__attempts", attempt(1, NIGHTS[0], "full"))
    for row, who in enumerate(["h1", "h2"], 2):
        history.add(NIGHTS[0], "stg_accepted__households", household(1, NIGHTS[0], row, who))
        history.add(NIGHTS[0], "stg_accepted__persons", person(1, NIGHTS[0], row, who, 1))
    return history


BEFORE, TONIGHT = date(2026, 11, 19), date(2026, 11, 20)
SETTLED_ALL = {
    "month-2026-09": "settled", "restated-2026-09": "settled", "month-2026-10": "beside", "restated-2026-10": "beside",
    "night": "due",
}  # fmt: skip


def _decided(on: date) -> Row:
    return sent(2, TONIGHT, 2, decided_on=on, household_id="h1", decision_id="d1", act="exit")


LATE = date(2026, 10, 25)
OF_OCTOBER = {
    "stg_accepted__households": household(2, TONIGHT, 2, "h1", as_of=LATE, wage_income=0),
    "stg_accepted__persons": person(2, TONIGHT, 2, "h1", 1, as_of=LATE, medical_insurance=False),
    "stg_held__persons": person(2, TONIGHT, 2, "h1", 1, as_of=LATE) | {"held_by": ["value-missing"]},
    "stg_accepted__applications": sent(
        2, TONIGHT, 2, as_of=LATE, household_id="h1", application_id="a1", status="pending", applied_on=LATE),
    "stg_accepted__measures": sent(
        2, TONIGHT, 2, as_of=LATE, household_id="h1", measure_id="m1", measure_code="M-LOAN", offered_on=LATE),
    "stg_accepted__samples": sent(
        2, TONIGHT, 2, as_of=LATE, sample_id="s1", county_code=COUNTY, household_id="h1", sampled_on=LATE,
        design_weight=1, persons=2, verified_poor=True),
}  # fmt: skip
"""A late row of each table that int_open_cuts asks."""


def test_a_late_row_of_each_table_that_is_asked_is_tried() -> None:
    models = Path(__file__).resolve().parents[2] / "dbt_project" / "models"
    sql = next(models.rglob("int_open_cuts.sql")).read_text("utf-8")
    asked = sql[sql.index("set told") : sql.index("%}")]
    assert set(re.findall(r"stg_\w+", asked)) == {*OF_OCTOBER}


@pytest.mark.parametrize(
    ("table", "row", "due"),
    [
        *((table, row, ["restated-2026-10"]) for table, row in OF_OCTOBER.items()),
        ("stg_accepted__households", household(2, TONIGHT, 2, "h1", wage_income=0), []),
        (
            "stg_accepted__persons", person(2, TONIGHT, 2, "h1", 1, as_of=date(2026, 9, 25)),
            ["restated-2026-09", "restated-2026-10"],
        ),
        ("stg_accepted__decisions", _decided(date(2026, 11, 2)), []),
        ("stg_accepted__decisions", _decided(date(2026, 10, 2)), ["restated-2026-10"]),
    ],
    ids=[*OF_OCTOBER, "of tonight", "late of September", "decided in November", "decided in October"],
)  # fmt: skip
def test_news_opens_the_months_as_known_tonight_of_which_it_speaks(
    nights: Nights, table: str, row: Row, due: list[str]
) -> None:
    """And never a month as it was cut: those that are open stand beside what they are compared with."""
    history = _begun()
    nights.play(history, BEFORE)
    nights.lay_aside()
    history.add(TONIGHT, "stg_ledger__attempts", attempt(2, TONIGHT, as_of=row["as_of"]))
    history.add(TONIGHT, table, row)
    over = nights.play(history, TONIGHT, BEFORE)
    found = nights.cuts()
    assert [cut for cut, state in sorted(found.items()) if state == "due"] == ["night", *due]
    if not due:
        assert found == SETTLED_ALL
        households = nights.rows("select distinct cut_id from intermediate.int_households order by all")
        assert [cut for (cut,) in households] == ["month-2026-10", "night", "restated-2026-10"]
    assert over == nights.play(history, TONIGHT)


def test_a_decision_on_a_match_opens_every_month(nights: Nights) -> None:
    history = _begun()
    nights.play(history, BEFORE)
    nights.lay_aside()
    decision = {"match_id": "m1", "answer": "one_person", "belongs_to": COUNTY, "night": TONIGHT}
    history.add(TONIGHT, "stg_ledger__match_decisions", decision)
    over = nights.play(history, TONIGHT, BEFORE)
    assert set(nights.cuts().values()) == {"due"}
    assert over == nights.play(history, TONIGHT)


def test_a_standard_that_becomes_known_opens_every_month(nights: Nights) -> None:
    history = _begun()
    nights.play(history, LINE_KNOWN_FROM - timedelta(days=1))
    nights.lay_aside()
    over = nights.play(history, LINE_KNOWN_FROM, LINE_KNOWN_FROM - timedelta(days=1))
    assert set(nights.cuts().values()) == {"due"}
    assert over == nights.play(history, LINE_KNOWN_FROM)


def test_a_hold_that_is_withdrawn_opens_the_month_after_it_too(nights: Nights) -> None:
    """Its movements are made of both months; no row comes, so that nothing else opens it."""
    history = _begun()
    told = [
        (3, date(2026, 11, 3), "accepted", date(2026, 11, 3)),
        (4, date(2026, 11, 5), "held", date(2026, 11, 5)),
        (5, date(2026, 11, 10), "held", date(2026, 10, 20)),
        (6, date(2026, 11, 25), "held", date(2026, 11, 25)),
    ]
    for number, night, kind, as_of in told:
        history.add(night, "stg_ledger__attempts", attempt(number, night, as_of=as_of))
        extra = {"held_by": ["value-missing"], "provisional": False} if kind == "held" else {}
        history.add(night, f"stg_{kind}__households", household(number, night, 2, "h3", as_of=as_of) | extra)
    before, tonight = date(2026, 12, 10), date(2026, 12, 11)
    nights.play(history, before)
    nights.lay_aside()
    withdrawal = {"attempt_id": f"{COUNTY}-00005", "known_at": known_at(tonight), "night": tonight}
    history.add(tonight, "stg_ledger__withdrawals", withdrawal)
    over = nights.play(history, tonight, before)
    due = [cut for cut, state in sorted(nights.cuts().items()) if state == "due"]
    assert due == ["night", "restated-2026-10", "restated-2026-11"]
    assert over == nights.play(history, tonight)


def test_every_model_that_takes_settled_months_over_is_carried() -> None:
    """What its SQL asks of, carry.py lays aside."""
    models = Path(__file__).resolve().parents[2] / "dbt_project" / "models"
    texts = {path.stem: path.read_text("utf-8") for path in models.rglob("*.sql")}
    asking = {name for name, sql in texts.items() if re.search(r"and_settled_cuts\(\)|carried_table\(\)", sql)}
    named = {name for sql in texts.values() for name in re.findall(r"carried_table\('(\w+)'\)", sql)}
    assert asking | named <= set(CARRIED)
    assert len(asking) > 4
    assert named >= {"int_cuts", "int_open_holds", "int_standards_in_force"}
