"""Truthfully adding a household, a return, a risk, a complaint, a refusal, an error or a payment lowers no score.

A world is drawn and told once for each act, in a province of its own: the same world, the same world and one true row
more. The models' own SQL scores all of them at once. What the retired indicators would have done shows that the test
can fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.clocks import known_at
from tests.dbt.compiled_models import NIGHT, CompiledModels

Row = dict[str, Any]
REPORTED = NIGHT - timedelta(days=1)


@dataclass
class World:
    """What the scored office, the assessor and the partners reported, with local ids."""

    households: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    measures: list[Row] = field(default_factory=list)
    samples: list[Row] = field(default_factory=list)
    funds: list[Row] = field(default_factory=list)
    tasks: list[Row] = field(default_factory=list)
    pairing_deliveries: list[Row] = field(default_factory=list)
    grievances: list[Row] = field(default_factory=list)
    findings: list[Row] = field(default_factory=list)


def household(world: World, name: str, **values: Any) -> None:
    """A report of a household; a later one takes the place of an earlier one."""
    usual = {"household_key": name, "registered_on": date(2015, 1, 1), "exit_flag": "0", "operation": "upsert"}
    world.households.append(usual | values)


def decision(world: World, name: str, act: str, decided_on: date) -> None:
    number = len(world.decisions)
    world.decisions.append({"decision_id": f"d{number}", "household_key": name, "act": act, "decided_on": decided_on})


# The acts: each is true in the world it is done in, and says so by what the assessor found.


def add_household(world: World) -> None:
    """A household is registered: one that the assessor found poor, if there is any the registry does not hold."""
    known = {row["household_key"] for row in world.households}
    missed = [s["household_key"] for s in world.samples if s["household_key"] not in known and s["verified_poor"]]
    household(world, next((name for name in missed if name), "new"))


def add_return(world: World) -> None:
    """Every household that exited has fallen back and is taken back."""
    for row in [row for row in world.households if row["exit_flag"] == "1"]:
        household(world, row["household_key"], exit_flag="3")
        decision(world, row["household_key"], "return", NIGHT - timedelta(days=2))


def add_risk(world: World) -> None:
    """Every household is watched, with a risk that stands."""
    for row in list(world.households):
        world.households.append(row | {"monitoring_class": "1", "risks": "01", "risk_status": "1"})


def add_complaint(world: World) -> None:
    """Every household complains, and nothing has come of it."""
    world.grievances.extend({"household_key": row["household_key"]} for row in world.households)


def add_refusal(world: World) -> None:
    """Every household was offered one more measure and refused it, and those that had accepted think better of it."""
    for row in world.measures:
        row["response"] = "2"
    for row in world.households:
        offer(world, row["household_key"], "2")


def add_error(world: World) -> None:
    """Errors are shown: findings, and the removal of every household that the assessor found not poor."""
    world.findings.extend({"household_key": row["household_key"]} for row in world.households)
    wrong = {s["household_key"] for s in world.samples if not s["verified_poor"] and s["verified_exit_correct"] is None}
    for row in [row for row in world.households if row["household_key"] in wrong]:
        world.households.append(row | {"operation": "close", "close_reason": "wrong"})
        decision(world, row["household_key"], "remove", NIGHT - timedelta(days=2))


def add_payment(world: World) -> None:
    """The rest is paid of every project that was not paid in full."""
    for row in [row for row in world.funds if row["disbursed"] < row["allocated"]]:
        paid_on = max(row["allocated_on"], REPORTED)
        world.funds.append(row | {"disbursed": row["allocated"], "disbursed_on": paid_on})


def add_applicant_refused(world: World) -> None:
    """Every household that the registry does not hold asked to be registered, and the office refused."""
    known = {row["household_key"] for row in world.households}
    for name in [name for name in NAMES if name not in known]:
        household(world, name, registered_on=None)
        decision(world, name, "refuse", NIGHT - timedelta(days=2))


def offer(world: World, name: str, response: str | None) -> None:
    number = len(world.measures)
    world.measures.append({"measure_id": f"m{number}", "household_key": name, "response": response})


ACTS: Mapping[str, Callable[[World], None]] = {
    "household": add_household,
    "return": add_return,
    "risk": add_risk,
    "complaint": add_complaint,
    "refusal": add_refusal,
    "error": add_error,
    "payment": add_payment,
    "applicant refused": add_applicant_refused,
}


def press(world: World) -> None:
    """Every household that had refused is pressed until it accepts."""
    for row in world.measures:
        if row["response"] == "2":
            row["response"] = "1"


NAMES = [f"h{number}" for number in range(5)]
days = st.integers(0, 500).map(lambda n: NIGHT - timedelta(days=n))
recent = st.integers(2, 300).map(lambda n: NIGHT - timedelta(days=n))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to five households, some exited, some watched only, and what an assessor, payers and partners say."""
    world = World()
    exited: set[str] = set()
    for name in NAMES:
        kind = draw(st.sampled_from(["missing", "registered", "exited", "watched"]))
        if kind == "watched":
            household(world, name, registered_on=None, monitoring_class="2")
        elif kind != "missing":
            household(world, name, exit_flag="1" if kind == "exited" else "0")
        if kind == "exited":
            exited.add(name)
            decision(world, name, "exit", date(2020, 6, 1))
    met = [*draw(st.lists(st.sampled_from(NAMES), unique=True)), *[None] * draw(st.integers(0, 3))]
    for number, name in enumerate(met):  # a household is met once: of it only one thing is true
        right = draw(st.booleans()) if name in exited else None
        world.samples.append(
            {
                "sample_id": f"y{number}",
                "household_key": name,
                "village_code": draw(st.sampled_from(["v1", "v2", "v3"])),
                "sampled_on": draw(recent),
                "design_weight": Decimal(draw(st.integers(1, 30))),
                "persons": draw(st.integers(1, 6)),
                "verified_poor": draw(st.booleans()) if right is None else not right,
                "verified_exit_correct": right,
                "satisfied": draw(st.sampled_from([True, False, None])),
            }
        )
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=6)):
        offer(world, name, draw(st.sampled_from(["1", "2", None])))
    for number, (allocated, share, day) in enumerate(
        draw(st.lists(st.tuples(st.integers(1, 900), st.integers(0, 100), days), max_size=4))
    ):
        paid = Decimal(allocated * share) / 100
        paid_on = min(NIGHT, day + timedelta(days=share)) if paid else None
        world.funds.append(
            {"project_id": f"f{number}", "allocated": allocated, "disbursed": paid, "allocated_on": day}
            | {"disbursed_on": paid_on}
        )
    for number, (due, late) in enumerate(draw(st.lists(st.tuples(recent, st.integers(-20, 20)), max_size=4))):
        world.tasks.append({"task_id": f"t{number}", "due_on": due, "done_on": due + timedelta(days=late)})
    for number, delivered in enumerate(draw(st.lists(st.integers(0, 60), max_size=3))):
        world.pairing_deliveries.append(
            {
                "delivery_id": f"q{number}",
                "indicator": ("money", "staff", "jobs")[number],
                "reporting_side": "helped",
                "quarter_start": date(2026, 4, 1),
                "promised": 40,
                "delivered": delivered,
            }
        )
    return world


def told(worlds_by_province: Mapping[str, World]) -> dict[str, list[Row]]:
    """The staged rows of worlds, each in its own province, as `accepted` files bring them."""
    staged: dict[str, list[Row]] = {}
    for province, world in worlds_by_province.items():
        county = f"{province}0101"
        usual: dict[str, Row] = {
            "households": {"village_code": f"{county}100001"},
            "decisions": {"reason": "01"},
            "measures": {"measure_code": "M-JOB", "offered_on": date(2026, 3, 1)},
            "samples": {"county_code": county},
            "funds": {"place_code": county},
            "tasks": {"place_code": county, "unit_id": "u"},
            "pairing_deliveries": {"pairing_id": f"p{province}"},
            "pairings": {"pairing_id": f"p{province}", "helper_place_code": province, "helped_place_code": province},
        }
        for dataset, defaults in usual.items():
            rows = [{}] if dataset == "pairings" else getattr(world, dataset)
            for number, row in enumerate(rows):
                values: Row = {"operation": "upsert", **defaults, **row}
                if values.get("household_key"):
                    values["household_key"] = f"{county}-{row['household_key']}"
                origin = {"submitter": county, "county_id": county, "attempt_id": f"{county}-1", "number": 1}
                clocks = {"night": REPORTED, "as_of": REPORTED, "known_at": known_at(REPORTED)}
                place = {"file": dataset, "row": number}
                staged.setdefault(f"stg_accepted__{dataset}", []).append(origin | clocks | place | values)
    return staged


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    """The whole way from accepted rows to scores."""
    return CompiledModels(tmp_path_factory.mktemp("scores"), "responsibility__scorecards", "responsibility__set_scores")


Scores = dict[tuple[str, str], tuple[Any, ...]]


def scores(models: CompiledModels, province: str) -> Scores:
    """Score, points and state by set and indicator of a province and its county; the score alone has no indicator."""
    found: Scores = {}
    for id_, points, state in models.rows(
        f"select indicator_id, points, state from responsibility.scorecards where starts_with(place_code, '{province}')"
    ):
        found["indicator", id_] = (points, state)
    for set_, score in models.rows(
        f"select indicator_set, score from responsibility.set_scores where starts_with(place_code, '{province}')"
    ):
        found["set", set_] = (score, "")
    return found


def lowered(before: Scores, after: Scores) -> Iterator[tuple[str, str]]:
    """What is lower after than before, has vanished, or is vetoed where it was not."""
    for what, (points, state) in before.items():
        points_after, state_after = after.get(what, (None, "vanished"))
        if state != "veto" and state_after == "veto":
            yield what
        elif points is not None and (points_after if points_after is not None else -1) < points:
            without_evidence = what[0] == "indicator" and state_after == "no_evidence"
            if not without_evidence:  # an indicator may fall silent: its set's score says whether that cost anything
                yield what


BEFORE = "10"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_no_true_word_lowers_a_score(models: CompiledModels, world: World) -> None:
    told_by = {BEFORE: world}
    provinces = {act: f"{20 + number}" for number, act in enumerate(ACTS)}
    for act, do in ACTS.items():
        told_by[provinces[act]] = deepcopy(world)
        do(told_by[provinces[act]])
    models.run(told(told_by))
    before = scores(models, BEFORE)
    assert {
        act: found for act, code in provinces.items() if (found := list(lowered(before, scores(models, code))))
    } == {}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_pressing_a_household_improves_nothing(models: CompiledModels, world: World) -> None:
    pressed = deepcopy(world)
    press(pressed)
    models.run(told({BEFORE: world, "20": pressed}))
    assert scores(models, BEFORE) == scores(models, "20")


def test_scores_know_nothing_of_complaints_findings_and_persons(models: CompiledModels) -> None:
    """The acts above cannot reach what the models do not read; this says what that is.

    int_open_cuts says which months are worked out anew and nothing of what comes of them (test_settled_cuts).
    """
    ledger = {"stg_ledger__attempts"}
    datasets = ["households", "decisions", "measures", "samples", "funds", "tasks", "pairing_deliveries", "pairings"]
    read = models.staged_but_through("int_open_cuts")
    assert {*models.staged} - read == {
        *(f"stg_accepted__{dataset}" for dataset in ("applications", "assignments", "grievances", "persons", "visits")),
        *(
            f"stg_held__{dataset}"
            for dataset in (
                "applications",
                "assignments",
                "decisions",
                "grievances",
                "households",
                "measures",
                "persons",
                "visits",
            )
        ),
        *(f"stg_ledger__{kind}" for kind in ("findings_check", "findings_receive", "match_decisions", "withdrawals")),
    }, "by these a month is opened"
    assert read - ledger == {f"stg_accepted__{dataset}" for dataset in datasets}


def _paid_for_paper(world: World) -> dict[str, tuple[int, int]]:
    """Numerator and denominator of the retired indicators, as county sheets counted them: of two poor one was to go."""
    last = {row["household_key"]: row for row in world.households}
    poor = sum(row["exit_flag"] != "1" for row in last.values())
    return {
        "poor_reduced": (2 - poor, 1),
        "few_returns": (sum(row["act"] == "return" for row in world.decisions), 100),
        "few_risks": (sum(row.get("risk_status") == "1" for row in last.values()), 100),
        "few_complaints": (len(world.grievances), 100),
        "few_refusals": (sum(row["response"] == "1" for row in world.measures), max(1, len(world.measures))),
        "few_errors": (len(world.findings), 100),
    }


CAUGHT_BY = {
    "poor_reduced": "household",
    "few_returns": "return",
    "few_risks": "risk",
    "few_complaints": "complaint",
    "few_refusals": "refusal",
    "few_errors": "error",
}


def test_the_retired_indicators_are_caught(models: CompiledModels) -> None:
    """Brought back into force, each one retired from the county set is lowered by the truth it is retired for."""
    world = World()
    household(world, "h1")
    household(world, "h2", exit_flag="1")
    decision(world, "h2", "exit", date(2020, 6, 1))
    offer(world, "h1", "1")
    told_by = {BEFORE: world}
    for number, do in enumerate(ACTS.values()):
        told_by[f"{20 + number}"] = deepcopy(world)
        do(told_by[f"{20 + number}"])
    models.run(told(told_by))
    try:
        models.connection.execute("create table kept as from seeds.evaluation_indicators")
        models.connection.execute(
            "update seeds.evaluation_indicators set status = 'active', measured = indicator"
            " where status = 'retired' and indicator_set = 'county'"
        )
        for province, told_world in told_by.items():
            for measured, (numerator, denominator) in _paid_for_paper(told_world).items():
                models.connection.execute(
                    "insert into intermediate.int_score_inputs by name select 'night' as cut_id, ? as measured,"
                    " 'county' as level, ? as place_code, ? as numerator, ? as denominator, ?::double / ? as value",
                    [measured, f"{province}0101", numerator, denominator, numerator, denominator],
                )
        models.rerun("intermediate.int_indicator_scores", "responsibility.scorecards")
        before = scores(models, BEFORE)
        caught = {
            act: {what for _, what in lowered(before, scores(models, f"{20 + number}"))}
            for number, act in enumerate(ACTS)
        }
        retired = models.rows(
            "select indicator from kept where status = 'retired' and indicator_set = 'county' order by 1"
        )
        assert sorted(CAUGHT_BY) == [indicator for (indicator,) in retired]
        assert {name: f"county.{name}" in caught[act] for name, act in CAUGHT_BY.items()} == dict.fromkeys(
            CAUGHT_BY, True
        )
    finally:
        models.connection.execute("create or replace table seeds.evaluation_indicators as from kept; drop table kept")
