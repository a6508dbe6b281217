"""Projects' money, plans, tasks and help that is not money."""

from __future__ import annotations

import numpy as np

from include.country.facts import County, measure_numbers, measures
from include.country.households import blank
from include.country.offers import CODE
from include.country.offices import COUNTY_UNITS, EAST_UNIT, Layout, township_unit, unit_id, village_unit
from include.country.tables import NULL, Ints, Table, between, concat, full, index_of, pick

SOURCE = index_of("fund_source")
TASK = index_of("task_kind")
INDICATOR = index_of("plan_indicator")
HELP = index_of("contribution_kind")
_RECENT_DAYS, _OLD, _RECENT = 150, 0, 1
PROJECT_WIDTH, TASK_WIDTH, PLAN_WIDTH, HELP_WIDTH = 10**5, 10**6, 10**5, 10**6


def link_projects(county: County, offers: Table, first_day: int) -> None:
    """Name the project that pays each delivered measure: one for the years before, one for this year, by measure.

    What the same household or member gets of a measure is paid by one project, so that nothing is paid for twice.
    """
    recent = offers["delivered_on"] >= first_day - _RECENT_DAYS
    _, thing = np.unique(
        np.stack([offers[c] for c in ("household_id", "person_no", "measure_code")]), axis=1, return_inverse=True
    )
    recent = np.bincount(thing.ravel(), weights=recent)[thing.ravel()] > 0
    serial = 10 * (offers["measure_code"] + 1) + np.where(recent, _RECENT, _OLD)
    offers["project_id"] = np.where(offers["amount"] == NULL, NULL, county.number * PROJECT_WIDTH + serial)


def provider_of(county: County, households: Table, offers: Table, layout: Layout) -> Ints:
    """Unit that delivers: the county department, or the village committee of the household."""
    row = np.searchsorted(households["household_id"], offers["household_id"])
    village = np.searchsorted(layout.villages, households["village_code"][row])
    department = {
        "M-DIBAO": 2,
        "M-TEKUN": 2,
        "M-RELIEF": 2,
        "M-DISAB": 2,
        "M-EDU": 3,
        "M-YULU": 3,
        "M-HOUSE": 4,
        "M-RELOC": 4,
        "M-WATER": 5,
    }
    lookup = full(len(measures()), -1)
    for name, unit in department.items():
        lookup[CODE[name]] = unit
    chosen = lookup[offers["measure_code"]]
    return unit_id(county.number, np.where(chosen == -1, village_unit(layout, village), chosen))


def make_funds(rng: np.random.Generator, county: County, offers: Table, first_day: int, night: int) -> Table:
    """Projects of the county's measures: this year's money is partly disbursed, money of earlier years is spent."""
    paid = offers["project_id"] != NULL
    ids, row = np.unique(offers["project_id"][paid], return_inverse=True)
    n = len(ids)
    spent = np.zeros(n, dtype=np.int64)
    np.add.at(spent, row, offers["amount"][paid])
    last, first = full(n, -(2**40)), full(n, 2**40)
    np.maximum.at(last, row, offers["delivered_on"][paid])
    np.minimum.at(first, row, offers["delivered_on"][paid])
    recent = ids % 10 == _RECENT
    margin = (spent * (0.06 + rng.random(n) * 0.5) / 100000).astype(np.int64) * 100000 + 5000000
    allocated_on = np.where(recent, first_day - between(rng, 160, 330, n), first - between(rng, 20, 60, n))
    source = pick(
        rng,
        n,
        {
            SOURCE["central"]: 0.42,
            SOURCE["provincial"]: 0.26,
            SOURCE["county"]: 0.12,
            SOURCE["prefecture"]: 0.08,
            SOURCE["east_west"]: 0.05,
            SOURCE["designated"]: 0.05,
            SOURCE["social"]: 0.02,
        },
    )
    if county.partner is None:
        source = np.where(source == SOURCE["east_west"], SOURCE["central"], source)
    return {
        "project_id": ids,
        "fund_source": source,
        "measure_code": ids % PROJECT_WIDTH // 10 - 1,
        "place_code": full(n, county.number),
        "allocated": np.where(recent, spent + margin, spent),
        "allocated_on": allocated_on,
        "disbursed": spent,
        "disbursed_on": np.maximum(last, allocated_on),
        **blank(n, night),
    }


def _done(rng: np.random.Generator, due: Ints, target: Ints, today: int) -> tuple[Ints, Ints]:
    n = len(due)
    done = (due <= today) & (rng.random(n) < 0.9)
    part = (target * (0.2 + 0.6 * rng.random(n)) / 100).astype(np.int64) * 100
    return np.where(done, due - between(rng, 0, 25, n), NULL), np.where(done, target, part)


def make_tasks(rng: np.random.Generator, county: County, staff: Table, today: int, night: int) -> Table:
    """Tasks of the townships and villages: deliver, visit, build, train, verify; some done, some due, some late."""
    layout = Layout.of(county)
    villages, towns = len(layout.villages), len(layout.townships)
    at_village = np.arange(villages, dtype=np.int64)
    secretary = county.number * 10**6 + 3001 + at_village

    def rows(first: int, unit: Ints, place: Ints, person: Ints, kind: Ints, measure: Ints, target: Ints) -> Table:
        n = len(unit)
        due = today + between(rng, -200, 150, n)
        done_on, quantity = _done(rng, due, target * 100, today)
        return {
            "task_id": county.number * TASK_WIDTH + first + np.arange(n, dtype=np.int64),
            "unit_id": unit, "staff_id": person, "place_code": place, "measure_code": measure, "task_kind": kind,
            "target": target * 100, "due_on": due, "done_on": done_on, "done_quantity": quantity, **blank(n, night),
        }  # fmt: skip

    work = pick(rng, villages, {CODE["M-IND"]: 0.4, CODE["M-HEALTH"]: 0.3, CODE["M-HOUSE"]: 0.3})
    town_kind = pick(rng, towns, {TASK["build"]: 0.5, TASK["verify"]: 0.5})
    numbers = measure_numbers()
    return concat(
        rows(
            1,
            unit_id(county.number, village_unit(layout, at_village)),
            layout.villages,
            full(villages),
            full(villages, TASK["deliver_measure"]),
            work,
            between(rng, 3, 40, villages),
        ),
        rows(
            2001,
            unit_id(county.number, village_unit(layout, at_village)),
            layout.villages,
            secretary,
            full(villages, TASK["visit_households"]),
            full(villages),
            between(rng, 20, 120, villages),
        ),
        rows(
            4001,
            unit_id(county.number, township_unit(layout, np.arange(towns))),
            layout.townships,
            full(towns),
            town_kind,
            np.where(town_kind == TASK["build"], numbers["M-ROAD"], NULL),
            between(rng, 1, 6, towns),
        ),
        rows(
            5001,
            unit_id(county.number, full(1, 1)),
            full(1, county.number),
            full(1),
            full(1, TASK["train"]),
            full(1, CODE["M-TRAIN"]),
            between(rng, 100, 600, 1),
        ),
    )


def make_plans(rng: np.random.Generator, submitter: int, place: int, scale: int, year: int, night: int) -> Table:
    """What an office promised for this year and the next."""
    indicators = [
        INDICATOR[name]
        for name in ("persons_exiting", "houses_made_safe", "households_with_safe_water", "jobs", "money")
    ]
    share = np.array([0.05, 0.02, 0.02, 0.06, 3000.0])
    n = 2 * len(indicators)
    target = np.maximum((np.tile(share, 2) * scale * (0.7 + 0.6 * rng.random(n))).astype(np.int64), 1)
    return {
        "plan_id": submitter * PLAN_WIDTH + 1 + np.arange(n, dtype=np.int64),
        "issuer_unit_id": unit_id(submitter, full(n, 1)),
        "place_code": full(n, place),
        "indicator": np.array(indicators * 2, dtype=np.int64),
        "period": np.repeat(np.array([year, year + 1], dtype=np.int64), len(indicators)),
        "target": target * 100,
        **blank(n, night),
    }


def make_contributions(rng: np.random.Generator, county: County, today: int, night: int) -> Table:
    """Staff days, goods and jobs given by the county's units."""
    layout = Layout.of(county)
    own = np.array([s for s in range(1, len(COUNTY_UNITS) + 1) if s != EAST_UNIT or county.partner], dtype=np.int64)
    n = 4 * len(own)
    kind = pick(rng, n, {HELP["staff_days"]: 0.6, HELP["goods"]: 0.25, HELP["jobs"]: 0.15})
    return {
        "contribution_id": county.number * HELP_WIDTH + 1 + np.arange(n, dtype=np.int64),
        "unit_id": unit_id(county.number, np.tile(own, 4)),
        "place_code": layout.villages[between(rng, 0, len(layout.villages) - 1, n)],
        "contribution_kind": kind,
        "quantity": between(rng, 1, 120, n) * 100,
        "given_on": today - between(rng, 2, 320, n),
        **blank(n, night),
    }
