"""Faults in rows of persons; each planter chooses its own row, so that it is separable from all others."""

from __future__ import annotations

import numpy as np

from include.country import persons as traits
from include.country.faults import Plant, Scene, day_text
from include.country.faults_choose import Planter, fresh_number, number_text, person_rows
from include.country.identity import CHECK_DIGITS
from include.country.population import CHILD, HEAD, MOTHER
from include.country.status import CAUSE
from include.country.tables import NULL, Mask, age_on, day


def orphan_person(scene: Scene) -> list[Plant]:
    """A member is told a second time, of a household that is not in the package."""
    row = scene.choose("persons", person_rows(scene, MOTHER))
    if row is None:
        return []
    p = scene.table("persons")
    nobody = str(scene.state.county.number * 10**10 + 9_999_000_001)
    number = fresh_number(scene, int(p["birth_date"][row]), int(p["sex"][row]))
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


def heads(kind: str, role: int, relation: str, rule: str) -> Planter:
    """The relation of one member is wrong; the finding is the household's."""

    def plant(scene: Scene) -> list[Plant]:
        p = scene.table("persons")
        adult = age_on(p["birth_date"], day(scene.night)) >= 20
        row = scene.choose("persons", person_rows(scene, role) & adult & (p["schooling"] == traits.NOT_IN_SCHOOL))
        if row is None:
            return []
        household = int(scene.household_rows("persons")[row])
        return [
            Plant(kind, "persons", scene.key("persons", row), (("relation", relation),)),
            Plant(kind, "households", scene.key("households", household), (), (f"{rule}:must_fix",)),
        ]

    return plant


def check_digit(scene: Scene) -> list[Plant]:
    """The head's resident number has a check digit that its first 17 digits do not give."""
    row = scene.choose("persons", person_rows(scene, HEAD))
    if row is None:
        return []
    number = number_text(int(scene.table("persons")["resident_17"][row]))
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


def two_households(scene: Scene) -> list[Plant]:
    """Two grown sons or daughters in two households with one and the same number and birth date."""
    p = scene.table("persons")
    fits = (
        person_rows(scene, CHILD)
        & (p["schooling"] == traits.NOT_IN_SCHOOL)
        & (age_on(p["birth_date"], day(scene.night)) >= 22)
    )
    fits &= p["sex"] == 0
    first = scene.choose("persons", fits)
    second = scene.choose("persons", fits) if first is not None else None
    if first is None or second is None:
        return []
    birth = str(np.datetime64(int(p["birth_date"][first]), "D"))
    cells = (("resident_number", number_text(int(p["resident_17"][first]))), ("birth_date", birth))
    found = ("person-in-two-households:explain",)
    return [
        Plant("two_households", "persons", scene.key("persons", first), (), found),
        Plant("two_households", "persons", scene.key("persons", second), cells, found),
    ]


def future_birth(scene: Scene) -> list[Plant]:
    """A member is born 400 days after the night, and the resident number says another day."""
    p = scene.table("persons")
    row = scene.choose("persons", person_rows(scene, MOTHER) & (p["work_place"] == NULL))
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


def not_in_school(scene: Scene) -> list[Plant]:
    """A child of 8 to 12 years is out of school, in a household without that cause."""
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


def number_elsewhere(scene: Scene) -> list[Plant]:
    """A member's resident number stands in the column for the place of work."""
    p = scene.table("persons")
    row = scene.choose("persons", (p["_role"] == MOTHER) & (p["work_place"] == NULL))
    if row is None:
        return []
    number = number_text(int(p["resident_17"][row]))
    return [
        Plant(
            "number_in_wrong_column",
            "persons",
            scene.key("persons", row),
            (("work_place", number),),
            ("cell-resident-number-elsewhere:explain",),
        )
    ]


def student(scene: Scene) -> Mask:
    """Members from 13 years on who are in school."""
    p = scene.table("persons")
    return np.asarray((p["schooling"] != traits.NOT_IN_SCHOOL) & (age_on(p["birth_date"], day(scene.night)) >= 13))


def women(scene: Scene) -> Mask:
    """Mothers of a household."""
    return person_rows(scene, MOTHER)
