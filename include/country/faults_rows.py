"""Faults in rows of households, measures, visits and decisions; each planter chooses its own row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from include.country import persons as traits
from include.country.facts import cause_only_measures
from include.country.faults import Plant, Scene
from include.country.faults_choose import Planter, all_rows, settled
from include.country.layout import id_text
from include.country.status import CAUSE
from include.country.tables import NULL, count_by


def duplicate_row(scene: Scene) -> list[Plant]:
    """A measure is told twice under one key."""
    row = scene.choose("measures", settled(scene)[scene.household_rows("measures")])
    if row is None:
        return []
    found, household = ("key-duplicated:must_fix",), int(scene.table("measures")["household_id"][row])
    key = scene.key("measures", row)
    return [Plant("duplicate_key", "measures", key, (), found, copy=True, expect_copy=found, household=household)]


def members_differ(scene: Scene) -> list[Plant]:
    """A household declares one member more than it has rows of persons."""
    row = scene.choose("households", settled(scene))
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


def income_parts(kind: str) -> Planter:
    """A net income that its parts do not add up to, in a household where nothing else is to be told."""

    def plant(scene: Scene) -> list[Plant]:
        row = scene.choose("households", settled(scene))
        if row is None:
            return []
        wrong = int(scene.table("households")["net_income"][row]) // 100 + 1234
        cells = (("net_income", f"{wrong}.00"),)
        expect = ("income-parts-do-not-add-up:must_fix",)
        return [Plant(kind, "households", scene.key("households", row), cells, expect)]

    return plant


def exit_without_decision(scene: Scene) -> list[Plant]:
    """The exit decision of one exited household is put down to another one."""
    h, d = scene.table("households"), scene.table("decisions")
    row = scene.choose("households", settled(scene))
    other = scene.choose("households", settled(scene)) if row is not None else None
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


def delivered(kind: str, expect: str, text_of: Callable[[Scene, int], str]) -> Planter:
    """The day on which a measure was delivered is replaced by another text; `expect` is the finding."""

    def plant(scene: Scene) -> list[Plant]:
        m = scene.table("measures")
        row = scene.choose("measures", (m["delivered_on"] != NULL) & settled(scene)[scene.household_rows("measures")])
        if row is None:
            return []
        key, household = scene.key("measures", row), int(m["household_id"][row])
        return [Plant(kind, "measures", key, (("delivered_on", text_of(scene, row)),), (expect,), household=household)]

    return plant


def before_offer(scene: Scene, row: int) -> str:
    """The day 30 days before a measure was offered, as a county writes it."""
    return (date(1970, 1, 1) + timedelta(days=int(scene.table("measures")["offered_on"][row]) - 30)).isoformat()


def nobody_ill(scene: Scene) -> list[Plant]:
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


def ragged(scene: Scene) -> list[Plant]:
    """A row of visits has a cell more than the header."""
    row = scene.choose("visits", all_rows(scene, "visits"))
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


def destroyed_id(scene: Scene) -> list[Plant]:
    """A household's id as a spreadsheet leaves it: in scientific notation, its last digits gone."""
    row = scene.choose("visits", all_rows(scene, "visits"))
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


def note(dataset: str, text: str) -> Planter:
    """A line of layout below the rows of a dataset: a total or a note, which must raise no finding."""
    return lambda _scene: [Plant("total_row" if text.startswith("合计") else "note_row", dataset, (), note=text)]


def orphan_measure(scene: Scene) -> list[Plant]:
    """A measure is told a second time under another key, of a household that is not in the package."""
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


def unknown_visitor(scene: Scene) -> list[Plant]:
    """A visit by a member of staff whom no list of staff names."""
    row = scene.choose("visits", all_rows(scene, "visits"))
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


def not_this_county(scene: Scene) -> list[Plant]:
    """A household lies in a village of another county."""
    row = scene.choose("households", settled(scene))
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
