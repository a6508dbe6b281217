"""Who provides help in a county: units, staff, and the helper of every household."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.country.facts import County
from include.country.households import blank
from include.country.tables import NULL, Ints, Table, between, concat, full, index_of, ints, rank_within, rows_of, ymd

KIND = index_of("unit_kind")
LEVEL = index_of("level")
ROLE = index_of("staff_role")

UNIT_WIDTH, STAFF_WIDTH = 10**5, 10**6
HOUSEHOLDS_PER_HELPER = 7
"""Aimed at; the standard's limit is ten."""
VISIT_DUE_DAYS = 80
"""Days after which a helper of this country goes again; the standard's limit is ninety."""

#: County units 1 to 12: kind and what they are called after the county's name. The east partner's office is unit 12.
COUNTY_UNITS: tuple[tuple[str, str], ...] = (
    ("party_government", "乡村振兴局"),
    ("party_government", "民政局"),
    ("party_government", "教育局"),
    ("party_government", "住房和城乡建设局"),
    ("party_government", "水利局"),
    ("people_organization", "妇女联合会"),
    ("state_owned_enterprise", "供电公司"),
    ("state_owned_enterprise", "粮食储备公司"),
    ("military", "人民武装部"),
    ("private_firm", "农业开发公司"),
    ("social_organization", "慈善会"),
    ("east_partner", "东部协作工作组"),
)
EAST_UNIT = 12
OFFICE, CIVIL_AFFAIRS = 1, 2


@dataclass(frozen=True)
class Layout:
    """Serial numbers of a county's townships and villages, in order of code."""

    townships: Ints
    villages: Ints
    township_of: Ints

    @staticmethod
    def of(county: County) -> Layout:
        """Read it off the county's villages."""
        villages = np.array([v.code for v in county.villages], dtype=np.int64)
        townships, at = np.unique(villages // 1000, return_inverse=True)
        return Layout(townships.astype(np.int64), villages, at.astype(np.int64))


def unit_id(submitter: int, serial: Ints | int) -> Ints:
    """Unit number: submitter's code, U, five digits."""
    return np.asarray(submitter * UNIT_WIDTH + np.asarray(serial), dtype=np.int64)


def staff_id(submitter: int, serial: Ints | int) -> Ints:
    """Staff number: submitter's code, S, six digits."""
    return np.asarray(submitter * STAFF_WIDTH + np.asarray(serial), dtype=np.int64)


def prefecture_unit(prefecture: str) -> int:
    """Number of the prefecture's unit in its province's list."""
    return int(f"{prefecture[:2]}0000") * UNIT_WIDTH + 100 + int(prefecture[2:])


def township_unit(layout: Layout, township: Ints) -> Ints:
    """Serial of a township's unit."""
    return np.asarray(101 + township, dtype=np.int64)


def village_unit(layout: Layout, village: Ints) -> Ints:
    """Serial of a village committee's unit."""
    return np.asarray(1001 + village, dtype=np.int64)


def make_units(county: County, night: int) -> Table:
    """County departments, firms and groups; township governments; village committees. Names: see unit_names."""
    layout = Layout.of(county)
    own = [s for s in range(1, len(COUNTY_UNITS) + 1) if s != EAST_UNIT or county.partner]
    towns, villages = len(layout.townships), len(layout.villages)
    serial = np.array(own + list(range(101, 101 + towns)) + list(range(1001, 1001 + villages)), dtype=np.int64)
    n = len(serial)
    kind = full(n, KIND["party_government"])
    kind[: len(own)] = [KIND[COUNTY_UNITS[s - 1][0]] for s in own]
    level = np.concatenate(
        [full(len(own), LEVEL["county"]), full(towns, LEVEL["township"]), full(villages, LEVEL["village"])]
    )
    parents = np.concatenate(
        [
            full(len(own), int(unit_id(county.number, OFFICE))),
            full(towns, int(unit_id(county.number, OFFICE))),
            unit_id(county.number, township_unit(layout, layout.township_of)),
        ]
    )
    parents[0] = prefecture_unit(county.prefecture)
    return {
        "unit_id": unit_id(county.number, serial),
        "unit_kind": kind,
        "level": level,
        "parent_unit_id": parents,
        "place_code": np.concatenate([full(len(own), county.number), layout.townships, layout.villages]),
        **blank(n, night),
    }


def unit_names(county: County) -> dict[int, str]:
    """Public names of the county's units; all say that they are simulated."""
    layout = Layout.of(county)
    names = {int(unit_id(county.number, i + 1)): f"模拟{county.name}{name}" for i, (_, name) in enumerate(COUNTY_UNITS)}
    for i, town in enumerate(layout.townships.tolist()):
        names[int(unit_id(county.number, 101 + i))] = f"模拟{county.name}第{i + 1}乡镇人民政府（{town % 1000:03d}）"
    for i, village in enumerate(county.villages):
        names[int(unit_id(county.number, 1001 + i))] = f"模拟{village.name}村民委员会"
    return names


def _staff_rows(
    county: County, serial: Ints, unit: Ints, role: str, level: str, place: Ints, since: Ints, night: int
) -> Table:
    n = len(serial)
    return {
        "staff_id": staff_id(county.number, serial),
        "unit_id": unit_id(county.number, unit),
        "role": full(n, ROLE[role]),
        "level": full(n, LEVEL[level]),
        "place_code": place.astype(np.int64),
        "from_date": since,
        "to_date": full(n),
        **blank(n, night),
    }


def make_staff(rng: np.random.Generator, county: County, households: Table, today: int, night: int) -> Table:
    """Leaders of county, townships and villages; first secretaries, teams, clerks; helpers for every household."""
    layout = Layout.of(county)
    towns, villages = len(layout.townships), len(layout.villages)

    def since(n: int) -> Ints:
        return between(rng, ymd(2021, 3, 1), min(ymd(2024, 12, 1), today - 400), n)

    at_village = np.arange(villages, dtype=np.int64)
    per_village = np.bincount(np.searchsorted(layout.villages, households["village_code"]), minlength=villages)
    helpers = np.maximum(-(-per_village // HOUSEHOLDS_PER_HELPER), 1)
    of_village = np.repeat(at_village, helpers)
    own = np.array([s for s in range(1, len(COUNTY_UNITS) + 1) if s != EAST_UNIT or county.partner], dtype=np.int64)
    helper_units = np.concatenate([own, full(len(own), -1)])
    chosen = helper_units[between(rng, 0, len(helper_units) - 1, len(of_village))]
    helper_unit = np.where(chosen == -1, village_unit(layout, of_village), chosen)
    return concat(
        _staff_rows(
            county,
            np.array([1, 2]),
            np.array([OFFICE, OFFICE]),
            "leader",
            "county",
            full(2, county.number),
            since(2),
            night,
        ),
        _staff_rows(
            county, np.array([3]), np.array([OFFICE]), "clerk", "county", full(1, county.number), since(1), night
        ),
        _staff_rows(
            county,
            101 + np.arange(towns),
            township_unit(layout, np.arange(towns)),
            "leader",
            "township",
            layout.townships,
            since(towns),
            night,
        ),
        _staff_rows(
            county,
            1001 + at_village,
            village_unit(layout, at_village),
            "leader",
            "village",
            layout.villages,
            since(villages),
            night,
        ),
        _staff_rows(
            county,
            3001 + at_village,
            own[at_village % len(own)],
            "first_secretary",
            "village",
            layout.villages,
            since(villages),
            night,
        ),
        _staff_rows(
            county,
            5001 + at_village,
            own[(at_village + 3) % len(own)],
            "team_member",
            "village",
            layout.villages,
            since(villages),
            night,
        ),
        _staff_rows(
            county,
            7001 + at_village,
            village_unit(layout, at_village),
            "clerk",
            "village",
            layout.villages,
            since(villages),
            night,
        ),
        _staff_rows(
            county,
            100001 + np.arange(len(of_village)),
            helper_unit,
            "helper",
            "household",
            layout.villages[of_village],
            since(len(of_village)),
            night,
        ),
    )


def choose_helper(households: Table, staff: Table, offset: int) -> Ints:
    """The helper each household gets: the helpers of its village in turn, beginning at `offset`."""
    helper = (staff["role"] == ROLE["helper"]) & (staff["to_date"] == NULL)
    places, ids = staff["place_code"][helper], staff["staff_id"][helper]
    order = np.argsort(places, kind="stable")
    places, ids = places[order], ids[order]
    village = households["village_code"]
    low, high = np.searchsorted(places, village, side="left"), np.searchsorted(places, village, side="right")
    turn = (rank_within(village) + offset) % np.maximum(high - low, 1)
    return np.asarray(ids[low + turn], dtype=np.int64)


def assign(rng: np.random.Generator, households: Table, staff: Table, today: int, night: int) -> Table:
    """A helper in charge for every household, and for one in eight an earlier one whose charge has ended."""
    n = len(households["household_id"])
    helper, before = choose_helper(households, staff, 0), choose_helper(households, staff, 1)
    start = staff["from_date"][rows_of(staff["staff_id"], helper)]
    known = np.maximum.reduce(
        [households["registered_on"], households["monitoring_identified_on"], households["_applied_on"]]
    )
    start = np.minimum(np.maximum(start, np.where(known == NULL, start, known)), today - 1)
    changed = (rng.random(n) < 0.125) & (before != helper) & (start < today - 200)
    turn = start + between(rng, 60, 150, n)
    now: Table = {
        "household_id": households["household_id"],
        "staff_id": helper,
        "from_date": np.where(changed, turn, start),
        "to_date": full(n),
        **blank(n, night),
    }
    past: Table = {
        "household_id": households["household_id"][changed],
        "staff_id": before[changed],
        "from_date": start[changed],
        "to_date": turn[changed] - 1,
        **blank(int(changed.sum()), night),
    }
    rows = concat(past, now)
    order = np.argsort(rows["household_id"], kind="stable")
    return {name: column[order] for name, column in rows.items()}


def draw_visits(rng: np.random.Generator, assignments: Table, today: int) -> Table:
    """Two or so visits of each household by the helper in charge: the last within the quarter that is asked for."""
    active = assignments["to_date"] == NULL
    household, staff, since = (assignments[c][active] for c in ("household_id", "staff_id", "from_date"))
    n = len(household)
    last = today - between(rng, 1, VISIT_DUE_DAYS, n)
    earlier = last - between(rng, 40, 85, n)
    days = np.stack([earlier, last], axis=1).ravel()
    who, whom, start = (np.repeat(column, 2) for column in (staff, household, since))
    draw = rng.random(2 * n)
    kinds = index_of("visit_kind")
    kind = np.select(
        [draw < 0.92, draw < 0.98], [full(2 * n, kinds["1"]), full(2 * n, kinds["2"])], full(2 * n, kinds["3"])
    )
    kept = days >= start
    return {"household_id": whom[kept], "staff_id": who[kept], "visited_on": ints(days[kept]), "visit_kind": kind[kept]}
