"""Families: who lives in a household, with ages, sexes and relations that agree."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from include.country.tables import Floats, Ints, Mask, full, index_of, ints, uniform

HEAD, SPOUSE, CHILD, FATHER, MOTHER, SON, DAUGHTER_IN_LAW, GRANDCHILD = range(8)
_LETTERS = "HSCFMNDG"
MALE, FEMALE = 0, 1

#: Members by letter (H head, S spouse, C child, F father, M mother, N grown son, D his wife, G grandchild) and the
#: share of households: mean size about 3.4, as in the registry's published totals.
TEMPLATES: tuple[tuple[str, float], ...] = (
    ("H", 10.0),
    ("HS", 13.0),
    ("HC", 4.0),
    ("HM", 3.0),
    ("HSC", 15.0),
    ("HCC", 3.0),
    ("HSM", 3.0),
    ("HCM", 2.0),
    ("HSCC", 15.0),
    ("HSCM", 5.0),
    ("HSFM", 2.0),
    ("HCCF", 2.0),
    ("HSCCM", 5.0),
    ("HSCFM", 3.0),
    ("HSCCC", 2.5),
    ("HSNDG", 3.0),
    ("HSCCFM", 2.5),
    ("HSNDGG", 3.0),
    ("HSCCCM", 1.0),
    ("HSCCCFM", 1.0),
    ("HSNDGGG", 0.5),
    ("HSCCCCFM", 0.5),
)
_DAYS_PER_YEAR = 365.2425


class Family(NamedTuple):
    """Members, flat: `household` is 0, 1, 2, ... in rising order."""

    household: Ints
    person_no: Ints
    role: Ints
    sex: Ints
    birth: Ints


def _role_matrix() -> Ints:
    rows = np.full((len(TEMPLATES), 8), -1, dtype=np.int64)
    for i, (letters, _) in enumerate(TEMPLATES):
        rows[i, : len(letters)] = [_LETTERS.index(letter) for letter in letters]
    return rows


def _has(letter: str) -> Mask:
    return np.array([letter in letters for letters, _ in TEMPLATES])


def _head_ages(rng: np.random.Generator, template: Ints) -> Floats:
    rows = len(template)
    alone, three = _has("C")[template], _has("N")[template]
    parents = (_has("M") | _has("F"))[template]
    old = rng.random(rows) < 0.62
    elder = np.where(old, uniform(rng, 60, 84, rows), uniform(rng, 26, 59, rows))
    return np.select(
        [three, alone, parents],
        [uniform(rng, 48, 70, rows), uniform(rng, 27, 52, rows), uniform(rng, 25, 52, rows)],
        elder,
    )


def draw_families(rng: np.random.Generator, households: int, today: int) -> Family:
    """Members of so many households, as they stand on `today` (days since 1970-01-01)."""
    weights = np.cumsum([share for _, share in TEMPLATES])
    template = np.searchsorted(weights / weights[-1], rng.random(households), side="right").clip(max=len(TEMPLATES) - 1)
    roles = _role_matrix()[template]
    there = roles >= 0
    size = there.sum(axis=1)
    head_age = _head_ages(rng, template)
    head_sex = np.where(rng.random(households) < 0.85, MALE, FEMALE)
    gap = rng.normal(1.5, 2.5, households)
    spouse_age = np.maximum(np.where(head_sex == MALE, head_age - gap, head_age + gap), 21.0)
    paired = _has("S")[template]
    mother_age = np.where(paired & (head_sex == MALE), spouse_age, head_age)
    son_age = np.maximum(mother_age - uniform(rng, 20, 25, households), 22.0)
    wife_age = np.maximum(son_age - uniform(rng, -2, 4, households), 20.5)
    grandmother_age = head_age + uniform(rng, 19, 30, households)

    household = np.repeat(np.arange(households, dtype=np.int64), size)
    role = roles[there]
    n = len(role)
    child = mother_age[household] - uniform(rng, 20, 34, n)
    grandchild = np.minimum(son_age, wife_age)[household] - uniform(rng, 20, 27, n)
    age = np.select(
        [
            role == HEAD,
            role == SPOUSE,
            role == CHILD,
            role == FATHER,
            role == MOTHER,
            role == SON,
            role == DAUGHTER_IN_LAW,
        ],
        [
            head_age[household],
            spouse_age[household],
            np.where(child < 0.1, uniform(rng, 0.1, 3, n), np.minimum(child, 32)),
            (grandmother_age + 2)[household],
            grandmother_age[household],
            son_age[household],
            wife_age[household],
        ],
        np.where(grandchild < 0.1, uniform(rng, 0.1, 4, n), np.minimum(grandchild, 24)),
    )
    coin = np.where(rng.random(n) < 0.52, MALE, FEMALE)
    sex = np.select(
        [role == HEAD, role == SPOUSE, (role == FATHER) | (role == SON), (role == MOTHER) | (role == DAUGHTER_IN_LAW)],
        [head_sex[household], 1 - head_sex[household], full(n, MALE), full(n, FEMALE)],
        coin,
    )
    first = np.r_[0, np.cumsum(size)[:-1]].astype(np.int64)
    person_no = np.arange(n, dtype=np.int64) - np.repeat(first, size) + 1
    birth = today - ints(np.minimum(age, 96.0) * _DAYS_PER_YEAR) - 1
    return Family(household, person_no, role.astype(np.int64), sex.astype(np.int64), birth)


def relation_of(role: Ints, sex: Ints, husband_side: Mask) -> Ints:
    """Relation to the head; `husband_side`: the head is a woman with a husband at home, so the parents are his."""
    code = index_of("relation")
    return np.select(
        [
            role == HEAD,
            role == SPOUSE,
            role == SON,
            (role == CHILD) & (sex == MALE),
            role == CHILD,
            role == DAUGHTER_IN_LAW,
            (role == GRANDCHILD) & (sex == MALE),
            role == GRANDCHILD,
            (role == FATHER) & husband_side,
            role == FATHER,
            (role == MOTHER) & husband_side,
        ],
        [full(len(role), code[c]) for c in ("01", "02", "03", "03", "04", "05", "07", "08", "15", "11", "16")],
        full(len(role), code["12"]),
    )


def relations(family: Family) -> Ints:
    """Relations of a whole draw of families."""
    households = int(family.household.max()) + 1 if len(family.household) else 0
    has_spouse = np.bincount(family.household[family.role == SPOUSE], minlength=households) > 0
    head_female = (
        np.bincount(family.household[(family.role == HEAD) & (family.sex == FEMALE)], minlength=households) > 0
    )
    return relation_of(family.role, family.sex, (has_spouse & head_female)[family.household])
