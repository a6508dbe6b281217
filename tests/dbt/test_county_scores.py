"""The data quality score of a county: by hand, never lower for a true word, of a past night the same ever after.

A county's nights are drawn and told once for each act, under a county code of its own; the models' own SQL scores them
all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.clocks import known_at
from include.home import Home
from include.rules import catalogue
from include.settings import Settings
from include.warehouse.dbt import prepare
from include.warehouse.quality_file import publish_quality
from tests.dbt import tiny_lake
from tests.dbt.compiled_models import NIGHT, CompiledModels
from tests.dbt.in_process import run_dbt

Row = dict[str, Any]
FIRST = NIGHT - timedelta(days=40)
SCORES = ("quality__county_scorecards", "quality__county_scores")
COSTS = {("must_fix", "not_a_date"), ("must_fix", "inconsistent"), ("reject", "unreadable")}
FREE = {("explain", "inconsistent"), ("explain", "not_a_date"), ("must_fix", "missing"), ("advice", "inconsistent")}


@dataclass
class Sent:
    """One package: rows received of households, and findings as (household, severity, value class, trial)."""

    night: date
    rows: int = 10
    refusal: str | None = None
    state: str = "accepted"
    findings: list[tuple[str, str, str, bool]] = field(default_factory=list)
    about: list[str] = field(default_factory=list)


Told = list[Sent]


def staged(told_by: Mapping[str, Told], until: date = NIGHT) -> dict[str, list[Row]]:
    """The ledger of counties as it stood on a night."""
    rows: dict[str, list[Row]] = {}

    def put(model: str, **values: Any) -> None:
        rows.setdefault(model, []).append(values)

    for county, told in told_by.items():
        for day in range((until - FIRST).days + 1):
            who = {"submitter": county, "county_id": county}
            put("stg_ledger__accounts", **who, submitter_kind="county", night=FIRST + timedelta(days=day))
        for number, sent in enumerate(sorted(told, key=lambda s: s.night), 1):
            if sent.night > until:
                continue
            origin = {"submitter": county, "attempt_id": f"{county}-{number:05d}", "night": sent.night}
            of_county = origin | {"county_id": county}
            put("stg_ledger__attempts", **of_county, number=number, refusal=sent.refusal, kind="changes")
            put("stg_ledger__attempt_states", **of_county, state="rejected" if sent.refusal else sent.state)
            if sent.refusal:
                continue
            file = {"dataset": "households", "file": "h.csv"}
            put("stg_ledger__files", **origin, **file, readable=True)
            put("stg_ledger__conservation", **origin, dataset="households", received=sent.rows)
            for row, household in enumerate(sent.about):
                key = {"household_key": f"{county}-{household}", "number": number, "operation": "upsert"}
                clock = {"known_at": known_at(sent.night), "as_of": sent.night}
                put("stg_accepted__households", **of_county, **key, **clock, file="h.csv", row=row)
                of_row = {name: of_county[name] for name in ("county_id", "attempt_id", "night")}
                named = {"dataset": "households", "row_key": household, "number": number}
                put("stg_accepted__row_keys", **of_row, **named, file="h.csv", row=row)
            for row, (household, severity, value_class, trial) in enumerate(sent.findings):
                what = {"severity": severity, "value_class": value_class, "trial": trial, "rule": "a-rule"}
                name = f"{county} {household} {severity} {value_class} {trial}"
                keys = {"finding_id": name, "row_key": household, "household_key": f"{county}-{household}"}
                put("stg_ledger__findings_check", **of_county, **file, **what, **keys, row=row + 2, rule_version="1")
    return rows


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    """The whole way from the ledger to scorecards and scores."""
    return CompiledModels(tmp_path_factory.mktemp("county"), *SCORES, "quality__findings")


def points(models: CompiledModels, county: str, night: date = NIGHT) -> dict[str, Decimal | None]:
    of_it = f"where county_id = '{county}' and night = '{night}'"
    return dict(
        models.rows(
            f"select indicator, points from quality.county_scorecards {of_it}"
            f" union all select 'score', score from quality.county_scores {of_it}"
        )
    )


def test_a_fortnight_by_hand(models: CompiledModels) -> None:
    """Of 30 nights four brought a package: one refused, one of 20 rows with 2 faulty, its correction, one more."""
    faulty = [("h1", "must_fix", "not_a_date", False), ("h2", "must_fix", "inconsistent", False)]
    county = [
        Sent(NIGHT - timedelta(days=29), 20, findings=faulty, about=["h1", "h2"], state="partly_accepted"),
        Sent(NIGHT - timedelta(days=20), 10, about=["h1"]),
        Sent(NIGHT - timedelta(days=10), refusal="package-unreadable"),
        Sent(NIGHT - timedelta(days=1), 70),
    ]
    models.run(staged({"10": county}))
    found = {
        row[0]: row[1:]
        for row in models.rows(
            "select indicator, numerator, denominator, points from quality.county_scorecards"
            f" where county_id = '10' and night = '{NIGHT}'"
        )
    }
    # Nights waited for a package: 8 + ... + 1 up to day 20, 9 + ... + 1 to day 10, 8 + ... + 1 to yesterday, tonight 1.
    first = 36 + 45 + 36 + 1
    accepted = 36 + sum(range(1, 19)) + 1  # the refused package ends no waiting
    assert found == {
        "nights_reported": (3, 30, Decimal("2.0000")),
        "files_read": (3, 3, Decimal("10.0000")),
        "first_attempt": (first, 30, Decimal("4.3810")),  # 10 of (7 - 3.933333) / 7
        "first_accepted_attempt": (accepted, 30, Decimal("0.1429")),  # 15 of (7 - 6.933333) / 7
        "rows_valid": (99, 100, Decimal("13.5000")),
        "rows_consistent": (99, 100, Decimal("13.5000")),
        "mended_in_time": (1, 2, Decimal("7.5000")),
    }
    total = sum(row[2] for row in found.values())
    assert models.rows(f"select points, score from quality.county_scores where night = '{NIGHT}'") == [(total, total)]


HOUSEHOLDS = [f"h{number}" for number in range(4)]
findings = st.lists(
    st.tuples(st.sampled_from(HOUSEHOLDS), st.sampled_from(sorted(COSTS | FREE)), st.booleans()).map(
        lambda drawn: (drawn[0], *drawn[1], drawn[2])
    ),
    max_size=4,
    unique=True,
)


@st.composite
def told(draw: st.DrawFn) -> Told:
    """Up to six packages of a county over forty nights, some refused, some faulty."""
    sent = []
    for days in sorted(draw(st.sets(st.integers(0, 40), max_size=6)), reverse=True):
        refusal = draw(st.sampled_from([None, None, None, "package-unreadable"]))
        about = draw(st.lists(st.sampled_from(HOUSEHOLDS), unique=True))
        found = [f for f in draw(findings) if f[0] in about]
        states = st.sampled_from(["accepted", "partly_accepted", "held", "superseded"])
        night = NIGHT - timedelta(days=days)
        sent.append(Sent(night, draw(st.integers(5, 30)), refusal, draw(states), found, about))
    return sent


# The acts: each is one more true word of the county.


def more_need(county: Told) -> None:
    """Households come in tonight that are in need, and everything is said about them that may be true as sent."""
    found = [(name, *kind, False) for name in HOUSEHOLDS for kind in sorted(FREE)]
    county.append(Sent(NIGHT, 9, state="accepted_with_queries", findings=found, about=HOUSEHOLDS))


def known_in_part(county: Told) -> None:
    """A household of which nearly nothing is known is sent all the same, and held."""
    missing = [("h9", "must_fix", "missing", False)]
    county.append(Sent(NIGHT, 1, state="held", findings=missing, about=["h9"]))


def correction(county: Told) -> None:
    """What was faulty is sent again, right."""
    county.append(Sent(NIGHT, 4, about=HOUSEHOLDS))


def withdrawal(county: Told) -> None:
    """Whatever was sent last is taken back."""
    for sent in county[-1:]:
        if sent.refusal is None:
            sent.state = "withdrawn"


def removals_wait(county: Told) -> None:
    """Many wrongly registered households are closed at once: the removals wait for a person."""
    county.append(Sent(NIGHT, 30, state="held", about=HOUSEHOLDS))


def on_trial(county: Told) -> None:
    """A rule on trial finds something in every row of what was sent."""
    for sent in county:
        sent.findings += [(f"t{row}", *kind, True) for row in range(sent.rows) for kind in sorted(COSTS)]


ACTS: Mapping[str, Callable[[Told], None]] = {
    act.__name__: act for act in (more_need, known_in_part, correction, withdrawal, removals_wait, on_trial)
}


def told_with(county: Told, *acts: Callable[[Told], None]) -> dict[str, Told]:
    """The county as it is (10), and once for each act (20, 21, ...)."""
    by = {"10": county}
    for number, act in enumerate(acts):
        by[f"{20 + number}"] = deepcopy(county)
        act(by[f"{20 + number}"])
    return by


def lowered(models: CompiledModels, county: str) -> set[str]:
    before, after = points(models, "10"), points(models, county)
    assert before.keys() == after.keys() != set()
    return {
        what for what, value in before.items() if value is not None and (after[what] is None or after[what] < value)
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(county=told())
def test_no_true_word_lowers_a_score(models: CompiledModels, county: Told) -> None:
    by = told_with(county, *ACTS.values())
    models.run(staged(by))
    found = {act: lowered(models, code) for act, code in zip(ACTS, list(by)[1:], strict=True)}
    assert {act: what for act, what in found.items() if what} == {}


def test_a_fault_that_cannot_be_true_lowers_it(models: CompiledModels) -> None:
    """Shows that the test above can fail, and that each dimension is reached."""

    def invalid(county: Told) -> None:
        county[-1].findings.append(("h1", "must_fix", "not_a_date", False))

    def contradicts_itself(county: Told) -> None:
        county[-1].findings.append(("h1", "must_fix", "inconsistent", False))

    def stays_away(county: Told) -> None:
        county.pop()

    def never_mended(county: Told) -> None:
        county[0].findings.append(("h2", "must_fix", "inconsistent", False))

    start = [Sent(NIGHT - timedelta(days=25), about=["h2"], findings=[("h1", "must_fix", "not_a_date", False)])]
    start += [Sent(NIGHT - timedelta(days=day), about=["h1"]) for day in (24, 16, 8, 0)]
    models.run(staged(told_with(start, invalid, contradicts_itself, stays_away, never_mended)))
    assert lowered(models, "20") == {"rows_valid", "score"}
    assert lowered(models, "21") == {"rows_consistent", "score"}
    assert lowered(models, "22") >= {"nights_reported", "first_attempt", "first_accepted_attempt", "score"}
    assert lowered(models, "23") == {"rows_consistent", "mended_in_time", "score"}


def test_only_what_cannot_be_true_as_sent_costs(models: CompiledModels) -> None:
    """The dated list names no `explain`, nothing `missing`, no rule that looks at other offices or a whole county."""
    listed = set(models.rows("select value_class, severity from seeds.county_score_findings"))
    assert listed and all(severity in ("must_fix", "reject") and found != "missing" for found, severity in listed)
    costing = {rule.id for rule in catalogue() if (rule.value_class, rule.severity) in listed and rule.kind != "county"}
    assert "two-heads" in costing
    assert not costing & {"person-in-two-households", "one-month-without-measure", "exited-below-line", "no-head"}


def test_a_fault_of_ours_costs_nothing_from_the_night_it_is_told(models: CompiledModels) -> None:
    """Told on the 18th: the scores of that night and later rise, those published before stay."""
    told_on = NIGHT - timedelta(days=2)
    faulty = [("h1", "must_fix", "not_a_date", False)]
    county = [Sent(NIGHT - timedelta(days=day), about=["h1"], findings=faulty) for day in (25, 5)]
    models.run(staged({"10": county}))
    before = {night: points(models, "10", night) for night in (told_on - timedelta(days=1), told_on, NIGHT)}
    try:
        models.connection.execute(
            "insert into seeds.our_faults by name select 'wrong-mapping' as fault_id, 'a-rule' as rule,"
            f" date '{FIRST}' as first_night, date '{told_on}' as told_on, 'a wrong mapping' as reason, 'x' as source"
        )
        models.rerun()
        after = {night: points(models, "10", night) for night in before}
        assert after[told_on - timedelta(days=1)] == before[told_on - timedelta(days=1)]
        for night in (told_on, NIGHT):
            assert before[night]["rows_valid"] < after[night]["rows_valid"] == 15
            assert (before[night]["mended_in_time"], after[night]["mended_in_time"]) == (0, None)
            assert before[night]["score"] < after[night]["score"]
        assert models.rows("select state, is_open from quality.findings") == [("ours", False)]
    finally:
        models.connection.execute("delete from seeds.our_faults")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(county=told(), days=st.integers(1, 13))
def test_what_comes_later_changes_no_past_score(models: CompiledModels, county: Told, days: int) -> None:
    then = NIGHT - timedelta(days=days)
    models.run(staged({"10": county}, until=then))
    published = points(models, "10", then)
    correction(county)
    models.run(staged({"10": county}))
    assert points(models, "10", then) == published


def _built(home: Home, night: date) -> list[tuple[Any, ...]]:
    """Scorecards of the published quality file, by night, county and indicator."""
    settings = Settings(home=home.root)
    prepare(home, settings)
    leave = ["--exclude-resource-type", "test", "unit_test"]
    models = [f"+{model}" for model in (*SCORES, "quality__attempts", "quality__reporting")]
    run_dbt(home, settings, night, ["build", "--select", *models, *leave])
    assert publish_quality(home, settings, night).counts["published"] == 1
    with duckdb.connect(str(home.published / "quality.duckdb"), read_only=True) as connection:
        return connection.execute("select * from quality.county_scorecards order by all").fetchall()


def test_a_past_night_is_worked_out_again_as_it_was_published(tmp_path: Path) -> None:
    """From the lake by dbt: a correction that comes later leaves the 20th as it was told on the 20th."""
    home, then, later = Home(tmp_path / "home"), date(2026, 11, 20), date(2026, 11, 22)
    first = date(2026, 11, 6)
    account = {"submitter": tiny_lake.COUNTY, "county_id": tiny_lake.COUNTY, "submitter_kind": "county", "waiting": 0}

    def night(number: int, on: date, faults: int) -> None:
        tiny_lake.write(home, "accounts", on, [account | {"night": on}])
        tiny_lake.write(home, "attempts", on, [tiny_lake.attempt(number, on)])
        state = {"submitter": tiny_lake.COUNTY, "county_id": tiny_lake.COUNTY, "night": on, "received": 4}
        counts = {"accepted": 4 - faults, "held": faults, "rejected": 0, "state": "accepted"}
        tiny_lake.write(
            home, "attempt_states", on, [state | counts | {"attempt_id": f"{tiny_lake.COUNTY}-{number:05d}"}]
        )
        tiny_lake.write(home, "conservation", on, [tiny_lake.counted(number, on, "households", 4 - faults, faults)])
        households = [tiny_lake.household(number, on, row, f"A{row}") for row in range(2 + faults, 6)]
        tiny_lake.write(home, "accepted", on, households, "households")
        found = [
            tiny_lake.finding(number, on, f"f{row}", f"A{row}", row) | {"value_class": "unknown_code"}
            for row in range(2, 2 + faults)
        ]
        tiny_lake.write(home, "findings_check", on, found)

    night(1, first, 2)
    night(2, then, 1)
    published = _built(home, then)
    assert {row[4]: row[14:16] for row in published if row[0] == then}["mended_in_time"] == (1, 2)
    night(3, later, 0)
    at_later = _built(home, later)
    assert [row for row in at_later if row[0] == then] == [row for row in published if row[0] == then]
    assert {row[0] for row in at_later} == {then, later}
    assert [row[14:] for row in at_later if row[0] == later] != [row[14:] for row in at_later if row[0] == then]
