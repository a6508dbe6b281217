"""Puts households and their members together: family, standing, cause, incomes, conditions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.country import persons as traits
from include.country.conditions import draw_conditions
from include.country.facts import County
from include.country.identity import first_17
from include.country.incomes import lose_harvest, medical_cost, split_income
from include.country.population import draw_families, relations
from include.country.status import (
    ATTRIBUTE,
    CAUSE,
    EXIT,
    POOR,
    RETURNED,
    RISK_STATUS,
    STANDARD,
    attributes_of,
    clear_risks,
    dates_of,
    draw_causes,
    draw_risks,
    draw_status,
    flags_of,
    income_target,
    is_rural,
    other_causes,
)
from include.country.tables import NULL, Ints, Mask, Table, age_on, between, count_by, first_by, full, pick, ymd

_NOBODY = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Request:
    """What to draw: how many households, numbered from where, seen on which day; the persons the county has already."""

    count: int
    first_number: int
    today: int
    night: int
    income_year: int
    status: Ints | None = None
    taken_birth: Ints | None = None
    taken_sex: Ints | None = None


def household_number(county: County, serial: Ints) -> Ints:
    """Household id: county code and ten digits, sixteen in all, so that a careless spreadsheet destroys it."""
    return county.number * 10**10 + serial


def _members(rng: np.random.Generator, county: County, request: Request, hid: Ints) -> tuple[Table, Ints]:
    family = draw_families(rng, request.count, request.today)
    today, n = request.today, len(family.birth)
    schooling = traits.schooling_of(rng, family.birth, today)
    taken_birth = _NOBODY if request.taken_birth is None else request.taken_birth
    taken_sex = _NOBODY if request.taken_sex is None else request.taken_sex
    persons: Table = {
        "household_id": hid[family.household],
        "person_no": family.person_no,
        "resident_17": first_17(county.number, family.birth, family.sex, taken_birth, taken_sex),
        "sex": family.sex,
        "relation": relations(family),
        "birth_date": family.birth,
        "education": traits.education_of(rng, family.birth, schooling, today),
        "schooling": schooling,
        "health": traits.health_of(rng, family.birth, today),
        "_role": family.role,
    }
    return persons, family.household if n else _NOBODY


def _fit_health(rng: np.random.Generator, persons: Table, row: Ints, cause: Ints, today: int) -> None:
    """Where illness or disability is the main cause, somebody is: the oldest grown-up, if nobody was."""
    n = len(cause)
    grown = age_on(persons["birth_date"], today) >= 16
    out_of_school = persons["schooling"] == traits.NOT_IN_SCHOOL
    candidate = grown & out_of_school
    order = np.argsort(persons["birth_date"], kind="stable")
    oldest = first_by(row[order], order.astype(np.int64), candidate[order], n)
    ill = (persons["health"] == traits.CHRONIC) | (persons["health"] == traits.SERIOUS)
    lacks_ill = (cause == CAUSE["01"]) & (count_by(row, ill, n) == 0)
    at = oldest[lacks_ill]
    persons["health"][at] = np.where(rng.random(len(at)) < 0.62, traits.CHRONIC, traits.SERIOUS)
    disabled = persons["health"] == traits.DISABLED
    lacks_disabled = (cause == CAUSE["02"]) & (count_by(row, disabled, n) == 0)
    persons["health"][oldest[lacks_disabled]] = traits.DISABLED


def _work(rng: np.random.Generator, persons: Table, today: int) -> None:
    birth, schooling = persons["birth_date"], persons["schooling"]
    persons["labour"] = traits.labour_of(rng, birth, schooling, persons["health"], today)
    persons["work_place"], persons["work_months"] = traits.work_of(rng, birth, persons["labour"], today)
    persons["pension_insurance"] = traits.pension_of(rng, birth, schooling, today)


def _insure(persons: Table, row: Ints, uninsured: Mask) -> None:
    covered = ~(uninsured[row] & (persons["person_no"] == 1))
    persons["medical_insurance"] = covered.astype(np.int64)
    persons["serious_illness_insurance"] = covered.astype(np.int64)


def _blank(rows: int, night: int) -> Table:
    return {
        "operation": full(rows), "close_reason": full(rows), "closed_on": full(rows), "closed_by": full(rows),
        "_touched": full(rows, night), "_closed": full(rows),
    }  # fmt: skip


def blank(rows: int, night: int) -> Table:
    """The common columns of rows that are open, and the night on which they came."""
    return _blank(rows, night)


def draw_households(rng: np.random.Generator, county: County, request: Request) -> tuple[Table, Table]:
    """New households and their members, whole and consistent on `request.today`."""
    n, today = request.count, request.today
    hid = household_number(county, np.arange(n, dtype=np.int64) + request.first_number)
    persons, row = _members(rng, county, request, hid)
    status = draw_status(rng, n) if request.status is None else request.status
    size = np.bincount(row, minlength=n).astype(np.int64)
    # Ability to work is drawn once before the cause (which it bounds) and again after illness has been made to fit it.
    _work(rng, persons, today)
    able_now = (persons["labour"] == traits.ORDINARY) | (persons["labour"] == traits.SKILLED)
    learning = (persons["schooling"] != traits.NOT_IN_SCHOOL) & (persons["schooling"] != traits.SCHOOLING["02"])
    students = count_by(row, learning, n)
    cause = draw_causes(rng, students, count_by(row, able_now, n))
    _fit_health(rng, persons, row, cause, today)
    _work(rng, persons, today)
    able = count_by(row, (persons["labour"] == traits.ORDINARY) | (persons["labour"] == traits.SKILLED), n)
    workers = count_by(row, persons["work_months"] != NULL, n)
    chronic, serious = (count_by(row, persons["health"] == kind, n) for kind in (traits.CHRONIC, traits.SERIOUS))
    disabled = count_by(row, persons["health"] == traits.DISABLED, n)
    age = age_on(persons["birth_date"], today)
    pensioners = count_by(row, age >= 60, n)
    first, second = other_causes(rng, cause, chronic + serious, disabled, students)

    dates = dates_of(rng, status, today)
    flag, watch = flags_of(status)
    watched = dates["identified_on"] != NULL
    risk_status, cleared_on = clear_risks(rng, dates["identified_on"], today)
    uncleared = watched & (risk_status == RISK_STATUS["1"])
    gaps = ((status == POOR) | (status == RETURNED) | uncleared) & (flag != EXIT["1"])
    uninsured = gaps & (rng.random(n) < 0.04)
    _insure(persons, row, uninsured)
    fit = (persons["health"] == traits.HEALTHY) & (age >= 18) & (age < 60)
    attribute = attributes_of(rng, status, able, count_by(row, fit, n) == 0, size)
    risk_1, risk_2 = draw_risks(rng, watched, cause, workers, chronic + serious)
    on_floor = (attribute != ATTRIBUTE["1"]) & (attribute != ATTRIBUTE["6"])
    # Income per head counts those who shared the livelihood at the end of the income year: not the newly born.
    sharing = count_by(row, persons["birth_date"] <= ymd(request.income_year, 9, 30), n)
    target = income_target(rng, status, uncleared, county.line, county.monitoring_range)
    target = np.where(flag == EXIT["1"], np.maximum(target, county.line * 1.05 * size / sharing), target)
    incomes = split_income(rng, target * sharing, workers, able, pensioners, on_floor, status <= RETURNED)
    lose_harvest(rng, incomes, (status == POOR) & (able > 0) & (rng.random(n) < 0.012))
    village = np.array([v.code for v in county.villages], dtype=np.int64)
    weight = np.linspace(1.4, 0.6, len(village))
    helper_standard = np.where(attribute == ATTRIBUTE["5"], STANDARD["2"], STANDARD["1"])
    households: Table = {
        "household_id": hid,
        "village_code": village[pick(rng, n, dict(enumerate(weight.tolist())))],
        "identification_standard": helper_standard,
        "household_attribute": attribute,
        "registered_on": dates["registered_on"],
        "main_cause": cause,
        "_other_1": first,
        "_other_2": second,
        "exit_flag": flag,
        "exited_on": np.where(status == RETURNED, NULL, dates["exited_on"]),
        "monitoring_class": watch,
        "monitoring_identified_on": dates["identified_on"],
        "_risk_1": risk_1,
        "_risk_2": risk_2,
        "risk_status": risk_status,
        "risk_eliminated_on": cleared_on,
        "income_year": full(n, request.income_year),
        **incomes,
        "medical_cost": medical_cost(rng, size, chronic, serious),
        **draw_conditions(rng, county, size, cause, gaps),
        "members_declared": size,
        "surveyed_on": today - between(rng, 2, 50, n),
        "_status": status,
        "_past_exit": dates["exited_on"],
        "_returned_on": dates["returned_on"],
        "_applied_on": dates["applied_on"],
        "_rural": is_rural(status).astype(np.int64),
        "_uninsured": uninsured.astype(np.int64),
        "_income_members": sharing,
        **_blank(n, request.night),
    }
    persons |= {"change_kind": full(len(row)), "changed_on": full(len(row)), **_blank(len(row), request.night)}
    return households, persons
