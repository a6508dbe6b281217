"""What the planters of faults choose rows with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from include.country.faults import Plant, Scene
from include.country.identity import CHECK_DIGITS, check_index, first_17
from include.country.status import STABLE
from include.country.tables import Ints, Mask

Planter = Callable[[Scene], list[Plant]]
"""Chooses rows of one county and says what to put there; an empty list where nothing fits."""


def all_rows(scene: Scene, dataset: str) -> Mask:
    """Every row of a dataset."""
    return np.ones(len(scene.table(dataset)[next(iter(scene.table(dataset)))]), dtype=bool)


def cell(
    dataset: str, column: str, text: str, expect: str, where: Callable[[Scene], Mask] | None = None
) -> Callable[[str], Planter]:
    """A planter that puts a text into one cell of a row that fits."""

    def named(kind: str) -> Planter:
        def plant(scene: Scene) -> list[Plant]:
            row = scene.choose(dataset, where(scene) if where else all_rows(scene, dataset))
            if row is None:
                return []
            table = scene.table(dataset)
            household = int(table["household_id"][row]) if "household_id" in table else 0
            return [Plant(kind, dataset, scene.key(dataset, row), ((column, text),), (expect,), household=household)]

        return plant

    return named


def settled(scene: Scene) -> Mask:
    """Households that are neither applying nor monitored: few rules look at them."""
    return np.asarray(scene.table("households")["_status"] == STABLE)


def person_rows(scene: Scene, *roles: int) -> Mask:
    """Persons with one of these roles in their household."""
    return np.isin(scene.table("persons")["_role"], roles)


def number_text(number: int) -> str:
    """A whole resident number from its first 17 digits."""
    return f"{number}{CHECK_DIGITS[int(check_index(np.array([number], dtype=np.int64))[0])]}"


def fresh_number(scene: Scene, birth: int, sex: int) -> str:
    """A resident number of this county that nobody has; birth in days since 1970, sex 0 for men, 1 for women."""
    p = scene.table("persons")
    one: Ints = np.array([birth], dtype=np.int64)
    return number_text(
        int(first_17(scene.state.county.number, one, np.array([sex], dtype=np.int64), p["birth_date"], p["sex"])[0])
    )
