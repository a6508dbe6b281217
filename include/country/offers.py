"""Measures offered to households: which measure answers which cause, when it was offered, answered and delivered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.country.conditions import dangerous
from include.country.facts import County, measure_numbers, measures
from include.country.persons import DISABLED, HEALTHY, NOT_IN_SCHOOL, ORDINARY, SCHOOLING, SKILLED, WORK
from include.country.status import APPLICANT, ATTRIBUTE, CAUSE, REFUSED, RISK_STATUS, STABLE
from include.country.tables import NULL, Ints, Mask, Table, between, concat, first_by, full, index_of, pick, rows_of

CODE = measure_numbers()
RESPONSE = index_of("response")
RESULT = index_of("measure_result")

#: The measure that answers a main cause first, and one that may follow it.
FIRST = {
    "01": "M-HEALTH", "02": "M-DISAB", "03": "M-EDU", "04": "M-RELIEF", "05": "M-JOB", "06": "M-WATER",
    "07": "M-TRAIN", "08": "M-DIBAO", "09": "M-LOAN", "10": "M-ROAD", "11": "M-CASE", "12": "M-CASE", "99": "M-CASE",
}  # fmt: skip
SECOND = {
    "01": "M-POST", "02": "M-POST", "04": "M-INS", "05": "M-LAND", "07": "M-IND", "08": "M-ASSET", "09": "M-FUND",
    "12": "M-RELIEF", "99": "M-RELIEF",
}  # fmt: skip
#: Development that a household with somebody able to work may be offered for its income.
_DEVELOPMENT = {"M-IND": 0.42, "M-JOB": 0.28, "M-CONSUME": 0.12, "M-ECOM": 0.08, "M-TOUR": 0.05, "M-RANGER": 0.05}
#: Usual money value in yuan.
_AMOUNT = {
    "M-ASSET": 600, "M-CONSUME": 800, "M-DIBAO": 3600, "M-DISAB": 1200, "M-EDU": 1500, "M-FODDER": 2000, "M-FUND": 5000,
    "M-HEALTH": 2400, "M-HOUSE": 26000, "M-IND": 4000, "M-INS": 200, "M-JOB": 1500, "M-JOB-AWAY": 800, "M-LAND": 1200,
    "M-LOAN": 30000, "M-POST": 7200, "M-PV": 3000, "M-RANGER": 10000, "M-RELIEF": 2000, "M-RELOC": 60000,
    "M-TEKUN": 8000,
    "M-TRAIN": 1000, "M-WATER": 1800, "M-YULU": 3000, "M-ECOM": 900, "M-TOUR": 3000,
}  # fmt: skip


@dataclass(frozen=True)
class Members:
    """For each household the number of one member that fits a person-borne measure, NULL where nobody does."""

    ill: Ints
    disabled: Ints
    student: Ints
    trade_student: Ints
    able: Ints
    away: Ints
    first: Ints


def members_of(households: Table, persons: Table) -> Members:
    """Find the member that each kind of measure would be offered to."""
    n = len(households["household_id"])
    row = rows_of(households["household_id"], persons["household_id"])
    no = persons["person_no"]
    here = persons["_closed"] == NULL
    school, health, labour = persons["schooling"], persons["health"], persons["labour"]
    trade = (school >= SCHOOLING["10"]) & (school <= SCHOOLING["15"])
    away = (persons["work_place"] == WORK["03"]) | (persons["work_place"] == WORK["04"])

    def first(mask: Mask) -> Ints:
        return first_by(row, no, mask & here, n)

    return Members(
        ill=first((health != HEALTHY) & (health != DISABLED)),
        disabled=first(health == DISABLED),
        student=first((school != NOT_IN_SCHOOL) & (school != SCHOOLING["02"])),
        trade_student=first(trade),
        able=first((labour == ORDINARY) | (labour == SKILLED)),
        away=first(away),
        first=first(np.ones(len(no), dtype=bool)),
    )


def measure_table(table: dict[str, str]) -> Ints:
    """Position of a cause to the number of a measure, NULL where it has none."""
    lookup = full(len(CAUSE))
    for cause, measure in table.items():
        lookup[CAUSE[cause]] = CODE[measure]
    return lookup


def person_for(code: Ints, members: Members) -> tuple[Ints, Mask]:
    """The member each measure is borne by (NULL for the whole household), and whether somebody fits at all."""
    person, fits = full(len(code)), np.ones(len(code), dtype=bool)
    for name, who in (
        ("M-HEALTH", members.ill), ("M-DISAB", members.disabled), ("M-TEKUN", members.first),
        ("M-EDU", members.student),
        ("M-YULU", members.trade_student), ("M-JOB", members.able), ("M-TRAIN", members.able), ("M-POST", members.able),
        ("M-RANGER", members.able), ("M-JOB-AWAY", members.away), ("M-LANG", members.able),
        ("M-DROPOUT", members.student),
    ):  # fmt: skip
        mine = code == CODE[name]
        person = np.where(mine, who, person)
        fits &= ~mine | (who != NULL)
    return person, fits


def amounts(rng: np.random.Generator, code: Ints) -> Ints:
    """Money value in fen; NULL for a measure that is no money."""
    usual = full(len(measures()))
    for name, yuan in _AMOUNT.items():
        usual[CODE[name]] = yuan
    found = usual[code]
    drawn = np.maximum((found * (0.6 + rng.random(len(code)) * 0.8) / 10).astype(np.int64) * 10, 50)
    return np.where(found == NULL, NULL, np.where(code == CODE["M-LOAN"], np.minimum(drawn, 50000), drawn) * 100)


def make_offers(
    rng: np.random.Generator,
    household: Ints,
    code: Ints,
    person: Ints,
    offered: Ints,
    today: int,
    *,
    settled: Ints,
    quick: Mask,
) -> Table:
    """Measures rows with answers and deliveries.

    `settled`: the last day by which an old measure had come about (NULL: no such day). `quick`: answered and delivered
    within a month, whatever the draw says.
    """
    n = len(household)
    limit = np.where(settled == NULL, today, np.minimum(settled, today))
    offered = np.minimum(offered, limit)
    agree = np.array([m.needs_agreement for m in measures()])[code]
    responded = offered + np.where(quick, between(rng, 0, 4, n), between(rng, 1, 18, n))
    answered = responded <= limit
    old = (settled != NULL) | quick
    declines = answered & ~old & (rng.random(n) < 0.045)
    response = np.select(
        [~answered, declines], [full(n, RESPONSE["0"]), full(n, RESPONSE["2"])], full(n, RESPONSE["1"])
    )
    accepted = response == RESPONSE["1"]
    planned = responded + np.where(quick, between(rng, 1, 10, n), between(rng, 5, 90, n))
    lag = np.where(
        quick, planned, np.minimum(planned + between(rng, -5, 40, n), np.where(settled == NULL, 2**40, settled))
    )
    delivered = np.maximum(lag, responded)
    done = accepted & (delivered <= limit) & (old | (rng.random(n) < 0.85))
    result = np.where(
        done & (delivered < today - 60), pick(rng, n, {RESULT["1"]: 0.68, RESULT["2"]: 0.25, RESULT["3"]: 0.07}), NULL
    )
    return {
        "household_id": household,
        "person_no": person,
        "measure_code": code,
        "offered_on": offered,
        "response": response,
        "responded_on": np.where(answered, responded, NULL),
        "agreement_recorded": np.where(agree & answered, accepted.astype(np.int64), NULL),
        "planned_on": np.where(accepted, planned, NULL),
        "delivered_on": np.where(done, delivered, NULL),
        "amount": np.where(done, amounts(rng, code), NULL),
        "result": result,
    }


def draw_offers(rng: np.random.Generator, county: County, households: Table, persons: Table, today: int) -> Table:
    """All measures of the county's households up to `today`, in order of household and wave."""
    n = len(households["household_id"])
    hid, status, main = households["household_id"], households["_status"], households["main_cause"]
    causes = np.stack([main, households["_other_1"], households["_other_2"]])
    members = members_of(households, persons)
    helped = (status != APPLICANT) & (status != REFUSED)
    exited = status == STABLE
    watched = households["monitoring_identified_on"] != NULL
    begin = np.select(
        [watched, households["_returned_on"] != NULL],
        [households["monitoring_identified_on"], households["_returned_on"]],
        households["registered_on"],
    )
    settled = np.where(exited, households["exited_on"], NULL)
    waves: list[Table] = []

    def wave(mask: Mask, code: Ints, offered: Ints, quick: Mask | bool = False) -> None:
        person, fits = person_for(np.where(code == NULL, 0, code), members)
        at = np.flatnonzero(mask & helped & (code != NULL) & fits)
        fast = np.broadcast_to(np.asarray(quick), (n,))[at]
        waves.append(
            make_offers(rng, hid[at], code[at], person[at], offered[at], today, settled=settled[at], quick=fast)
        )

    def has(cause: str) -> Mask:
        return np.asarray((causes == CAUSE[cause]).any(axis=0))

    soon = begin + between(rng, 1, 12, n)
    later = np.maximum(begin + 12, today - between(rng, 10, 420, n))
    then = np.where(exited, begin + between(rng, 30, 500, n), later)
    no_able, able = members.able == NULL, members.able != NULL
    wave(np.ones(n, dtype=bool), measure_table(FIRST)[main], soon, quick=~exited)
    wave(rng.random(n) < np.where(exited, 0.25, 0.45), measure_table(SECOND)[main], then)
    floor = (
        no_able
        | (households["household_attribute"] == ATTRIBUTE["2"])
        | (households["household_attribute"] == ATTRIBUTE["4"])
    )
    wave(floor & (main != CAUSE["08"]), full(n, CODE["M-DIBAO"]), soon, quick=~exited)
    destitute = (households["household_attribute"] == ATTRIBUTE["3"]) & (has("02") | has("08"))
    wave(destitute, full(n, CODE["M-TEKUN"]), soon, quick=~exited)
    development = pick(
        rng, n, {CODE[name]: share for name, share in _DEVELOPMENT.items() if county.pastoral or name != "M-RANGER"}
    )
    wave(
        able & (rng.random(n) < np.where(exited, 0.5, np.where(watched, 0.95, 0.75))),
        development,
        then,
        quick=watched & ~exited,
    )
    wave(dangerous(households["housing_grade"]), full(n, CODE["M-HOUSE"]), later)
    wave(exited & (rng.random(n) < 0.11), full(n, CODE["M-HOUSE"]), then)
    wave(exited & (rng.random(n) < 0.05), full(n, CODE["M-RELOC"]), then)
    wave((households["water_safe"] == 0) & (main != CAUSE["06"]), full(n, CODE["M-WATER"]), later)
    wave(exited & (main != CAUSE["06"]) & (rng.random(n) < 0.07), full(n, CODE["M-WATER"]), then)
    wave((main != CAUSE["03"]) & ~exited & (rng.random(n) < 0.6), full(n, CODE["M-EDU"]), later)
    wave(has("03") & (rng.random(n) < 0.6), full(n, CODE["M-YULU"]), later)
    wave((main != CAUSE["01"]) & ~exited & (rng.random(n) < 0.6), full(n, CODE["M-HEALTH"]), later)
    wave(has("02") & (main != CAUSE["02"]), full(n, CODE["M-DISAB"]), later)
    wave(~exited & (rng.random(n) < 0.2), full(n, CODE["M-JOB-AWAY"]), later)
    if county.language_offers:
        wave(rng.random(n) < 0.04, full(n, CODE["M-LANG"]), later)
    offers = concat(*waves)
    order = np.argsort(offers["household_id"], kind="stable")
    return {name: column[order] for name, column in offers.items()}


def cleared_too_early(households: Table, offers: Table) -> Mask:
    """Households whose risk is told as cleared by help although nothing was delivered by then."""
    n = len(households["household_id"])
    row = rows_of(households["household_id"], offers["household_id"])
    end = households["risk_eliminated_on"][row]
    done = (offers["delivered_on"] != NULL) & (end != NULL) & (offers["delivered_on"] <= end)
    delivered = np.bincount(row[done], minlength=n) > 0
    return np.asarray((households["risk_status"] == RISK_STATUS["2"]) & ~delivered)
