"""The kinds of row faults, each choosing its own row so that it is separable from all others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from include.country import persons as traits
from include.country.facts import cause_only_measures
from include.country.faults import Plant, Scene, day_text
from include.country.identity import CHECK_DIGITS, check_index, first_17, ymd_number
from include.country.layout import id_text
from include.country.population import CHILD, HEAD, MOTHER
from include.country.status import APPLICANT, CAUSE, REFUSED, STABLE
from include.country.tables import NULL, Ints, Mask, age_on, count_by, day

Planter = Callable[[Scene], list[Plant]]


@dataclass(frozen=True)
class Kind:
    """A kind of fault."""

    name: str
    plant: Planter
    csv_only: bool = False
    stands: bool = False
    """Is sent again unmended on every night (by counties that send whole states)."""


def _all(scene: Scene, dataset: str) -> Mask:
    return np.ones(len(scene.table(dataset)[next(iter(scene.table(dataset)))]), dtype=bool)


def _cell(
    dataset: str, column: str, text: str, expect: str, where: Callable[[Scene], Mask] | None = None
) -> Callable[[str], Planter]:
    """A planter that puts a text into one cell of a row that fits."""

    def named(kind: str) -> Planter:
        def plant(scene: Scene) -> list[Plant]:
            row = scene.choose(dataset, where(scene) if where else _all(scene, dataset))
            if row is None:
                return []
            table = scene.table(dataset)
            household = int(table["household_id"][row]) if "household_id" in table else 0
            return [Plant(kind, dataset, scene.key(dataset, row), ((column, text),), (expect,), household=household)]

        return plant

    return named


def _settled(scene: Scene) -> Mask:
    """Households that are neither applying nor monitored: few rules look at them."""
    return np.asarray(scene.table("households")["_status"] == STABLE)


def _person_rows(scene: Scene, *roles: int) -> Mask:
    return np.isin(scene.table("persons")["_role"], roles)


def _number(number: int) -> str:
    """A whole resident number from its first 17 digits."""
    return f"{number}{CHECK_DIGITS[int(check_index(np.array([number], dtype=np.int64))[0])]}"


def _fresh_number(scene: Scene, birth: int, sex: int) -> str:
    p = scene.table("persons")
    one: Ints = np.array([birth], dtype=np.int64)
    return _number(
        int(first_17(scene.state.county.number, one, np.array([sex], dtype=np.int64), p["birth_date"], p["sex"])[0])
    )


def _duplicate_row(scene: Scene) -> list[Plant]:
    row = scene.choose("measures", _settled(scene)[scene.household_rows("measures")])
    if row is None:
        return []
    found, household = ("key-duplicated:must_fix",), int(scene.table("measures")["household_id"][row])
    key = scene.key("measures", row)
    return [Plant("duplicate_key", "measures", key, (), found, copy=True, expect_copy=found, household=household)]


def _orphan_person(scene: Scene) -> list[Plant]:
    row = scene.choose("persons", _person_rows(scene, MOTHER))
    if row is None:
        return []
    p = scene.table("persons")
    nobody = str(scene.state.county.number * 10**10 + 9_999_000_001)
    number = _fresh_number(scene, int(p["birth_date"][row]), int(p["sex"][row]))
    cells = (("household_id", nobody), ("resident_number", number))
    return [
        Plant(
            "orphan_person",
            "persons",
            scene.key("persons", row),
            cells,
            (),
            copy=True,
            expect_copy=("person-without-household:must_fix",),
        )
    ]


def _members_differ(scene: Scene) -> list[Plant]:
    row = scene.choose("households", _settled(scene))
    if row is None:
        return []
    wrong = str(int(scene.table("households")["members_declared"][row]) + 1)
    return [
        Plant(
            "members_differ",
            "households",
            scene.key("households", row),
            (("members_declared", wrong),),
            ("members-declared-differ:must_fix",),
        )
    ]


def _head_row(scene: Scene, person: int) -> int:
    h = scene.table("households")
    return int(np.searchsorted(h["household_id"], scene.table("persons")["household_id"][person]))


def _heads(kind: str, role: int, relation: str, rule: str) -> Planter:
    """The relation of one member is wrong; the finding is the household's."""

    def plant(scene: Scene) -> list[Plant]:
        p = scene.table("persons")
        adult = age_on(p["birth_date"], day(scene.night)) >= 20
        row = scene.choose("persons", _person_rows(scene, role) & adult & (p["schooling"] == traits.NOT_IN_SCHOOL))
        if row is None:
            return []
        household = _head_row(scene, row)
        return [
            Plant(kind, "persons", scene.key("persons", row), (("relation", relation),)),
            Plant(kind, "households", scene.key("households", household), (), (f"{rule}:must_fix",)),
        ]

    return plant


def _income_parts(scene: Scene) -> list[Plant]:
    row = scene.choose("households", _settled(scene))
    if row is None:
        return []
    wrong = int(scene.table("households")["net_income"][row]) // 100 + 1234
    return [
        Plant(
            "income_parts",
            "households",
            scene.key("households", row),
            (("net_income", f"{wrong}.00"),),
            ("income-parts-do-not-add-up:must_fix",),
        )
    ]


def _check_digit(scene: Scene) -> list[Plant]:
    row = scene.choose("persons", _person_rows(scene, HEAD))
    if row is None:
        return []
    number = _number(int(scene.table("persons")["resident_17"][row]))
    wrong = number[:-1] + CHECK_DIGITS[(CHECK_DIGITS.index(number[-1]) + 3) % 11]
    return [
        Plant(
            "check_digit",
            "persons",
            scene.key("persons", row),
            (("resident_number", wrong),),
            ("resident-number-check-digit:explain",),
        )
    ]


def _two_households(scene: Scene) -> list[Plant]:
    """Two grown sons or daughters in two households with one and the same number and birth date."""
    p = scene.table("persons")
    fits = (
        _person_rows(scene, CHILD)
        & (p["schooling"] == traits.NOT_IN_SCHOOL)
        & (age_on(p["birth_date"], day(scene.night)) >= 22)
    )
    fits &= p["sex"] == 0
    first = scene.choose("persons", fits)
    second = scene.choose("persons", fits) if first is not None else None
    if first is None or second is None:
        return []
    birth = str(np.datetime64(int(p["birth_date"][first]), "D"))
    cells = (("resident_number", _number(int(p["resident_17"][first]))), ("birth_date", birth))
    found = ("person-in-two-households:explain",)
    return [
        Plant("two_households", "persons", scene.key("persons", first), (), found),
        Plant("two_households", "persons", scene.key("persons", second), cells, found),
    ]


def _future_birth(scene: Scene) -> list[Plant]:
    p = scene.table("persons")
    row = scene.choose("persons", _person_rows(scene, MOTHER) & (p["work_place"] == NULL))
    if row is None:
        return []
    found = ("birth-date-in-future:explain", "birth-date-disagrees-with-number:explain")
    return [
        Plant(
            "birth_in_future",
            "persons",
            scene.key("persons", row),
            (("birth_date", day_text(scene.night, 400)),),
            found,
        )
    ]


def _exit_without_decision(scene: Scene) -> list[Plant]:
    """The exit decision of one exited household is put down to another one."""
    h, d = scene.table("households"), scene.table("decisions")
    row = scene.choose("households", _settled(scene))
    other = scene.choose("households", _settled(scene)) if row is not None else None
    if row is None or other is None:
        return []
    mine = np.flatnonzero((d["household_id"] == h["household_id"][row]) & (d["decided_on"] == h["_past_exit"][row]))
    if len(mine) == 0:
        return []
    to = str(int(h["household_id"][other]))
    return [
        Plant(
            "exit_without_decision",
            "decisions",
            scene.key("decisions", int(mine[-1])),
            (("household_id", to),),
            household=int(h["household_id"][row]),
        ),
        Plant(
            "exit_without_decision", "households", scene.key("households", row), (), ("exit-without-decision:explain",)
        ),
    ]


def _delivered(kind: str, expect: str, text_of: Callable[[Scene, int], str]) -> Planter:
    def plant(scene: Scene) -> list[Plant]:
        m = scene.table("measures")
        row = scene.choose("measures", (m["delivered_on"] != NULL) & _settled(scene)[scene.household_rows("measures")])
        if row is None:
            return []
        key, household = scene.key("measures", row), int(m["household_id"][row])
        return [Plant(kind, "measures", key, (("delivered_on", text_of(scene, row)),), (expect,), household=household)]

    return plant


def _before_offer(scene: Scene, row: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=int(scene.table("measures")["offered_on"][row]) - 30)).isoformat()


def _nobody_ill(scene: Scene) -> list[Plant]:
    """A settled household of healthy people, none of whose measures is for one cause alone, is put down as ill."""
    h, p, m = scene.table("households"), scene.table("persons"), scene.table("measures")
    n = len(h["household_id"])
    unwell = count_by(scene.household_rows("persons"), p["health"] != traits.HEALTHY, n)
    bound = count_by(scene.household_rows("measures"), np.isin(m["measure_code"], list(cause_only_measures())), n)
    row = scene.choose(
        "households",
        (unwell == 0)
        & (bound == 0)
        & (h["_other_1"] == NULL)
        & (h["_other_2"] == NULL)
        & (h["main_cause"] != CAUSE["01"]),
    )
    if row is None:
        return []
    return [
        Plant(
            "nobody_ill",
            "households",
            scene.key("households", row),
            (("main_cause", "01"),),
            ("illness-cause-nobody-ill:explain",),
        )
    ]


def _not_in_school(scene: Scene) -> list[Plant]:
    h, p = scene.table("households"), scene.table("persons")
    age = age_on(p["birth_date"], day(scene.night))
    schooling = (np.stack([h["main_cause"], h["_other_1"], h["_other_2"]]) == CAUSE["03"]).any(axis=0)
    row = scene.choose("persons", (age >= 8) & (age <= 12) & ~schooling[scene.household_rows("persons")])
    if row is None:
        return []
    return [
        Plant(
            "child_not_in_school",
            "persons",
            scene.key("persons", row),
            (("schooling", "01"),),
            ("compulsory-age-not-in-school:explain",),
        )
    ]


def _number_elsewhere(scene: Scene) -> list[Plant]:
    p = scene.table("persons")
    row = scene.choose("persons", (p["_role"] == MOTHER) & (p["work_place"] == NULL))
    if row is None:
        return []
    number = _number(int(p["resident_17"][row]))
    return [
        Plant(
            "number_in_wrong_column",
            "persons",
            scene.key("persons", row),
            (("work_place", number),),
            ("cell-resident-number-elsewhere:explain",),
        )
    ]


def _ragged(scene: Scene) -> list[Plant]:
    row = scene.choose("visits", _all(scene, "visits"))
    if row is None:
        return []
    household = int(scene.table("visits")["household_id"][row])
    return [
        Plant(
            "ragged_row",
            "visits",
            scene.key("visits", row),
            (),
            ("row-too-many-columns:reject",),
            extra_cell="多出的一格",
            household=household,
        )
    ]


def _destroyed_id(scene: Scene) -> list[Plant]:
    row = scene.choose("visits", _all(scene, "visits"))
    if row is None:
        return []
    household = int(scene.table("visits")["household_id"][row])
    text = f"{household / 10**15:.5f}E+15"
    return [
        Plant(
            "id_in_scientific_notation",
            "visits",
            scene.key("visits", row),
            (("household_id", text),),
            ("id-destroyed-by-spreadsheet:reject",),
            household=household,
        )
    ]


def _note(dataset: str, text: str) -> Planter:
    return lambda _scene: [Plant("total_row" if text.startswith("合计") else "note_row", dataset, (), note=text)]


def _orphan_measure(scene: Scene) -> list[Plant]:
    m = scene.table("measures")
    row = scene.choose("measures", (m["person_no"] == NULL) & (m["delivered_on"] != NULL))
    if row is None:
        return []
    nobody = str(scene.state.county.number * 10**10 + 9_999_000_002)
    wrong = id_text("measure_id", scene.state.county.number * 10**8 + 99_000_001)
    cells = (("measure_id", wrong), ("household_id", nobody))
    return [
        Plant(
            "orphan_measure",
            "measures",
            scene.key("measures", row),
            cells,
            (),
            copy=True,
            expect_copy=("household-unknown:must_fix",),
        )
    ]


def _unknown_visitor(scene: Scene) -> list[Plant]:
    row = scene.choose("visits", _all(scene, "visits"))
    if row is None:
        return []
    nobody = id_text("staff_id", scene.state.county.number * 10**6 + 990_001)
    household = int(scene.table("visits")["household_id"][row])
    return [
        Plant(
            "visit_by_unknown_staff",
            "visits",
            scene.key("visits", row),
            (("staff_id", nobody),),
            ("visit-by-unknown-staff:explain",),
            household=household,
        )
    ]


def _student(scene: Scene) -> Mask:
    p = scene.table("persons")
    return np.asarray((p["schooling"] != traits.NOT_IN_SCHOOL) & (age_on(p["birth_date"], day(scene.night)) >= 13))


def _women(scene: Scene) -> Mask:
    return _person_rows(scene, MOTHER)


def _helped(scene: Scene) -> Mask:
    status = scene.table("households")["_status"]
    return np.asarray((status != APPLICANT) & (status != REFUSED))


def _not_this_county(scene: Scene) -> list[Plant]:
    row = scene.choose("households", _settled(scene))
    if row is None:
        return []
    other = "110101001001" if scene.state.county.code != "110101" else "513437100001"
    return [
        Plant(
            "village_outside_county",
            "households",
            scene.key("households", row),
            (("village_code", other),),
            ("village-outside-county:must_fix",),
        )
    ]


def _single(
    kind: str,
    dataset: str,
    column: str,
    text: str,
    expect: str,
    where: Callable[[Scene], Mask] | None = None,
    *,
    stands: bool = False,
) -> Kind:
    return Kind(kind, _cell(dataset, column, text, expect, where)(kind), stands=stands)


KINDS: tuple[Kind, ...] = (
    Kind("members_differ", _members_differ, stands=True),
    Kind("orphan_person", _orphan_person),
    _single("bad_date_required", "visits", "visited_on", "2026-13-45", "value-not-a-date:must_fix"),
    Kind("duplicate_key", _duplicate_row),
    _single("bad_date", "households", "surveyed_on", "不详", "value-not-a-date:explain", _settled),
    _single("number_in_words", "households", "wage_income", "三千元", "value-not-a-number:explain", _settled),
    _single("amount_in_words", "funds", "allocated", "伍拾万元", "value-not-a-number:must_fix"),
    _single("unknown_code_required", "households", "main_cause", "77", "code-unknown:must_fix", _settled),
    _single("unknown_code", "households", "road_type", "9", "code-unknown:explain", _settled),
    _single("missing_required", "households", "village_code", "", "value-missing:must_fix", _settled),
    _single("unknown_place", "households", "village_code", "999999999999", "place-unknown:must_fix", _settled),
    Kind("village_outside_county", _not_this_county),
    Kind("no_head", _heads("no_head", HEAD, "99", "no-head")),
    Kind("two_heads", _heads("two_heads", CHILD, "01", "two-heads")),
    Kind("income_parts", _income_parts, stands=True),
    Kind("check_digit", _check_digit),
    Kind("two_households", _two_households),
    Kind("birth_in_future", _future_birth),
    Kind("exit_without_decision", _exit_without_decision),
    Kind(
        "delivered_before_offered",
        _delivered("delivered_before_offered", "measure-delivered-before-offered:explain", _before_offer),
    ),
    Kind(
        "delivered_in_future",
        _delivered("delivered_in_future", "measure-delivered-in-future:explain", lambda s, _r: day_text(s.night, 40)),
    ),
    Kind("id_in_scientific_notation", _destroyed_id),
    _single(
        "arable_beyond_bound",
        "households",
        "arable_land",
        "350.00",
        "arable-land-beyond-bound:explain",
        _settled,
        stands=True,
    ),
    Kind("nobody_ill", _nobody_ill),
    Kind("child_not_in_school", _not_in_school),
    Kind("ragged_row", _ragged, csv_only=True),
    Kind("total_row", _note("households", "合计,,,,,,,,,,")),
    Kind("note_row", _note("visits", "备注：本表为模拟数据,,,")),
    Kind("orphan_measure", _orphan_measure),
    Kind("visit_by_unknown_staff", _unknown_visitor),
    _single(
        "education_and_schooling", "persons", "education", "3", "education-and-schooling-both-filled:advice", _student
    ),
    _single("relation_against_sex", "persons", "relation", "11", "relation-sex-contradiction:explain", _women),
    _single("resident_number_missing", "persons", "resident_number", "", "resident-number-missing:advice", _women),
    Kind("number_in_wrong_column", _number_elsewhere),
)
