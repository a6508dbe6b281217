"""What provinces send: offices of centre, province and prefecture, pairings, money, plans, complaints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from include.country.acts import GRIEVANCE, draw_grievances
from include.country.designated import follow, told_by_helpers
from include.country.facts import STAND_INS, Pairing, pairings, places
from include.country.households import blank
from include.country.money import HELP, HELP_WIDTH, PROJECT_WIDTH, SOURCE, make_plans
from include.country.offers import CODE
from include.country.offices import KIND, LEVEL, ROLE, prefecture_unit, staff_id, unit_id
from include.country.state import State, is_open
from include.country.tables import NULL, Ints, Table, between, concat, day, full, index_of, pick, rng_for, take, ymd

INDICATOR = index_of("pairing_indicator")
SIDE = index_of("reporting_side")
_GRIEVANCE_WIDTH, _DELIVERY_WIDTH = 10**7, 10**6
_KINDS = {"duty_holder": 0.5, "left_out": 0.3, "wrong_exit": 0.2}
#: Units 1 to 6 of every province: kind, level, name after the province's.
_UNITS = (
    ("party_government", "province", "乡村振兴局"),
    ("party_government", "centre", "中央定点帮扶协调组"),
    ("state_owned_enterprise", "centre", "中央企业定点帮扶办公室"),
    ("people_organization", "province", "妇女联合会"),
    ("military", "province", "军区帮扶办公室"),
    ("social_organization", "province", "扶贫基金会"),
)


@dataclass
class Province:
    """A province that submits, and what it sends."""

    code: str
    prefectures: tuple[str, ...]
    counties: list[State]
    tables: dict[str, Table] = field(default_factory=dict)

    @property
    def submitter(self) -> str:
        """Six digits ending 0000."""
        return f"{self.code}0000"

    @property
    def number(self) -> int:
        """The submitter's code as a number."""
        return int(self.submitter)


def provinces_of(states: Sequence[State], on: date) -> list[Province]:
    """Provinces of the counties, and the eastern provinces whose pairings reach one of them; in order of code."""
    own = {s.county.province for s in states}
    helping = {p.helper[:2] for p in _reaching(states, on)}
    found = []
    for code in sorted(own | helping):
        inside = [s for s in states if s.county.province == code]
        found.append(Province(code, tuple(sorted({s.county.prefecture for s in inside})), inside))
    return found


def _reaching(states: Sequence[State], on: date) -> list[Pairing]:
    return [
        p
        for p in pairings(on)
        if any(s.county.code.startswith(p.helped) or p.helped.startswith(s.county.code) for s in states)
    ]


def province_unit_names(province: Province) -> dict[int, str]:
    """Public names; all say that they are simulated."""
    name = places()[province.code]["name_zh"]
    names = {int(unit_id(province.number, i + 1)): f"模拟{name}{unit}" for i, (_, _, unit) in enumerate(_UNITS)}
    for prefecture in province.prefectures:
        names[prefecture_unit(prefecture)] = f"模拟{name}{places()[prefecture]['name_zh']}乡村振兴局（{prefecture}）"
    return names


def _units(province: Province) -> Table:
    own, towns = len(_UNITS), len(province.prefectures)
    first = int(unit_id(province.number, 1))
    parents = [first + 1, NULL, NULL, first, first, first] + [first] * towns
    kinds = [KIND[kind] for kind, _, _ in _UNITS] + [KIND["party_government"]] * towns
    levels = [LEVEL[level] for _, level, _ in _UNITS] + [LEVEL["prefecture"]] * towns
    ids = [first + i for i in range(own)] + [prefecture_unit(p) for p in province.prefectures]
    where = [int(province.code)] * own + [int(p) for p in province.prefectures]
    columns = {"unit_id": ids, "unit_kind": kinds, "level": levels, "parent_unit_id": parents, "place_code": where}
    return {name: np.array(values, dtype=np.int64) for name, values in columns.items()} | blank(own + towns, 0)


def staff_of(rng: np.random.Generator, province: Province, today: int) -> Table:
    """The staff that a province tells of: centre, province, and a leader of each prefecture that there is."""
    first, code = int(unit_id(province.number, 1)), int(province.code)
    rows = [
        (1, first + 1, "leader", "centre", code), (2, first, "leader", "province", code),
        (3, first, "clerk", "province", code),
        (4, first + 2, "team_member", "centre", code), (5, first + 3, "team_member", "province", code),
    ]  # fmt: skip
    rows += [
        (100 + int(p[2:]), prefecture_unit(p), "leader", "prefecture", int(p))
        for p in province.prefectures
        if places()[p]["name_zh"] not in STAND_INS
    ]
    n = len(rows)
    return {
        "staff_id": staff_id(province.number, np.array([r[0] for r in rows])),
        "unit_id": np.array([r[1] for r in rows], dtype=np.int64),
        "role": np.array([ROLE[r[2]] for r in rows], dtype=np.int64),
        "level": np.array([LEVEL[r[3]] for r in rows], dtype=np.int64),
        "place_code": np.array([r[4] for r in rows], dtype=np.int64),
        "from_date": between(rng, ymd(2021, 3, 1), min(ymd(2024, 6, 1), today - 400), n),
        "to_date": full(n),
        **blank(n, 0),
    }


def _quarters(on: date) -> Ints:
    """First days of the four quarters that end with the current one."""
    months = on.year * 12 + (on.month - 1) // 3 * 3
    return np.array([ymd((months - back) // 12, (months - back) % 12 + 1, 1) for back in (9, 6, 3, 0)], dtype=np.int64)


def _deliveries(province: Province, seed: int, states: Sequence[State], on: date) -> tuple[Table, Table]:
    """Pairings that the helped province tells, and deliveries by quarter as this province's side saw them."""
    mine = [p for p in _reaching(states, on) if province.code in (p.helper[:2], p.helped[:2])]
    told = [p for p in mine if p.helped.startswith(province.code)]
    pairs: Table = {
        "pairing_id": np.array([p.number for p in told], dtype=np.int64),
        "helper_place_code": np.array([int(p.helper) for p in told], dtype=np.int64),
        "helped_place_code": np.array([int(p.helped) for p in told], dtype=np.int64),
        "from_date": np.array([p.from_day for p in told], dtype=np.int64),
        "to_date": full(len(told)),
        **blank(len(told), 0),
    }
    blocks: list[Table] = []
    quarters, kinds = _quarters(on), len(INDICATOR)
    n = len(quarters) * kinds
    for p in mine:
        # What was promised and delivered is one truth for both sides; each quarter's promise is kept in it.
        truth = rng_for(seed, p.number, 0, 77)
        scale = np.tile(np.array([3_000_000, 4, 60, 1]), len(quarters))
        promised = np.maximum((scale * (0.6 + 1.4 * truth.random(n))).astype(np.int64), 1)
        current = np.repeat(quarters == quarters[-1], kinds)
        done = (promised * np.where(current, 0.4, 1 + 0.2 * truth.random(n))).astype(np.int64)
        helped = p.helped.startswith(province.code)
        at = np.arange(n, dtype=np.int64)
        blocks.append(
            {
                "delivery_id": province.number * _DELIVERY_WIDTH + p.number * 1000 + at,
                "pairing_id": full(n, p.number),
                "reporting_side": full(n, SIDE["helped" if helped else "helper"]),
                "quarter_start": np.repeat(quarters, kinds),
                "indicator": np.tile(np.arange(kinds, dtype=np.int64), len(quarters)),
                "promised": promised * 100,
                "delivered": done * 100,
                **blank(n, 0),
            }
        )
    return pairs, concat(*blocks) if blocks else {"delivery_id": full(0)}


def _paid_for(province: Province) -> list[int]:
    """Measures that the province's own money pays for: those that its counties deliver; without any, the usual ones."""
    given: set[int] = set()
    for state in province.counties:
        offers = state.tables["measures"]
        given |= set(offers["measure_code"][offers["delivered_on"] != NULL].tolist())
    usual = [CODE[c] for c in ("M-IND", "M-TRAIN", "M-HEALTH", "M-EDU", "M-JOB")]
    return [code for code in usual if code in given] if province.counties else usual[:4]


def _funds(rng: np.random.Generator, province: Province, today: int) -> Table:
    codes = _paid_for(province)
    n = len(codes)
    allocated = between(rng, 200, 4000, n) * 1_000_000
    on = today - between(rng, 120, 320, n)
    return {
        "project_id": province.number * PROJECT_WIDTH + 1 + np.arange(n, dtype=np.int64),
        "fund_source": pick(rng, n, {SOURCE["central"]: 0.5, SOURCE["provincial"]: 0.5}),
        "measure_code": np.array(codes, dtype=np.int64),
        "place_code": full(n, int(province.code)),
        "allocated": allocated,
        "allocated_on": on,
        "disbursed": (allocated * (0.5 + 0.45 * rng.random(n)) / 10000).astype(np.int64) * 10000,
        "disbursed_on": on + between(rng, 30, 90, n),
        **blank(n, 0),
    }


def _contributions(rng: np.random.Generator, province: Province, today: int) -> Table:
    units, n = np.array([2, 3, 4, 5, 6], dtype=np.int64), 10
    return {
        "contribution_id": province.number * HELP_WIDTH + 1 + np.arange(n, dtype=np.int64),
        "unit_id": unit_id(province.number, np.tile(units, 2)),
        "place_code": full(n, int(province.code)),
        "contribution_kind": pick(rng, n, {HELP["staff_days"]: 0.5, HELP["goods"]: 0.3, HELP["jobs"]: 0.2}),
        "quantity": between(rng, 20, 900, n) * 100,
        "given_on": today - between(rng, 5, 300, n),
        **blank(n, 0),
    }


def _grievances(rng: np.random.Generator, province: Province, today: int) -> Table:
    blocks = []
    for state in province.counties:
        households = state.tables["households"]
        drawn = draw_grievances(rng, take(households, is_open(households)), 0.0012, _KINDS, today)
        blocks.append(drawn | {"county_code": full(len(drawn["household_id"]), state.county.number)})
    rows = concat(*blocks) if blocks else {"household_id": full(0)}
    n = len(rows["household_id"])
    if blocks:
        # Somebody left out is in no registry yet.
        rows["household_id"] = np.where(rows["grievance_kind"] == GRIEVANCE["left_out"], NULL, rows["household_id"])
    return {
        "grievance_id": province.number * _GRIEVANCE_WIDTH + 1 + np.arange(n, dtype=np.int64),
        **rows,
        **blank(n, 0),
    }


def begin_province(province: Province, states: Sequence[State], seed: int, on: date) -> None:
    """Fill the province's tables for the first night."""
    rng, today = rng_for(seed, province.number, 0, 0), day(on)
    pairs, delivered = _deliveries(province, seed, states, on)
    households = sum(len(s.tables["households"]["household_id"]) for s in province.counties)
    province.tables = {
        "units": _units(province),
        "staff": staff_of(rng, province, today),
        "funds": _funds(rng, province, today),
        "plans": make_plans(rng, province.number, int(province.code), max(households, 100), on.year, 0),
        "contributions": _contributions(rng, province, today),
        "grievances": _grievances(rng, province, today),
        "pairings": pairs,
        "pairing_deliveries": delivered,
    }
    if province.counties:
        province.tables["designation_deliveries"] = told_by_helpers(province.number, _told_by_counties(province))


def _told_by_counties(province: Province) -> list[Table]:
    return [state.tables["designation_deliveries"] for state in province.counties]


def move_province(province: Province, seed: int, night: int, today: int) -> None:
    """A night on: some money is disbursed, some of the quarter's promises are delivered."""
    rng = rng_for(seed, province.number, night, 0)
    funds = province.tables["funds"]
    pays = (rng.random(len(funds["disbursed"])) < 0.3) & (funds["disbursed"] < funds["allocated"])
    more = np.minimum(funds["disbursed"] + funds["allocated"] // 100, funds["allocated"])
    funds["disbursed"] = np.where(pays, more, funds["disbursed"])
    funds["disbursed_on"] = np.where(pays, today, funds["disbursed_on"])
    funds["_touched"] = np.where(pays, night, funds["_touched"])
    if province.counties:
        follow(province.tables["designation_deliveries"], _told_by_counties(province))
    rows = province.tables["pairing_deliveries"]
    if len(rows["delivery_id"]) == 0:
        return
    current = rows["quarter_start"] == rows["quarter_start"].max()
    gives = current & (rng.random(len(current)) < 0.25) & (rows["delivered"] < rows["promised"])
    rows["delivered"] = np.where(
        gives,
        np.minimum(rows["delivered"] + np.maximum(rows["promised"] // 5000 * 100, 100), rows["promised"]),
        rows["delivered"],
    )
    rows["_touched"] = np.where(gives, night, rows["_touched"])
