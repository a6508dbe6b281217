"""What a member learns, can do and is covered by: schooling, education, health, labour, work, insurances."""

from __future__ import annotations

import numpy as np

from include.country.tables import NULL, Ints, Mask, age_on, between, full, index_of, pick

SCHOOLING = index_of("schooling")
EDUCATION = index_of("education")
HEALTH = index_of("health")
LABOUR = index_of("labour")
WORK = index_of("work_place")

NOT_IN_SCHOOL = SCHOOLING["01"]
HEALTHY, CHRONIC, SERIOUS, DISABLED = (HEALTH[c] for c in "1234")
ORDINARY, SKILLED, LOST, NONE, WEAK = (LABOUR[c] for c in "12345")


def school_year_start(today: int) -> int:
    """1 September before (or on) a day."""
    year = int(np.int64(today).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)) + 1970
    start = int(np.datetime64(f"{year}-09-01").astype(np.int64))
    return start if start <= today else int(np.datetime64(f"{year - 1}-09-01").astype(np.int64))


def schooling_of(rng: np.random.Generator, birth: Ints, today: int) -> Ints:
    """School stage by age at the start of the school year; every child of compulsory age is in school."""
    n = len(birth)
    age = age_on(birth, school_year_start(today))
    draw, stage = rng.random(n), full(n, NOT_IN_SCHOOL)
    vocational = rng.random(n) < 0.4

    def put(mask: Mask, code: str) -> None:
        stage[mask] = SCHOOLING[code]

    put((age >= 3) & (age <= 4) & (draw < 0.85), "02")
    put(age == 5, "02")
    put((age >= 6) & (age <= 11), "03")
    for years, code in ((12, "04"), (13, "05"), (14, "06")):
        put(age == years, code)
    for years, senior, trade, share in ((15, "07", "10", 1.0), (16, "08", "11", 0.93), (17, "09", "12", 0.88)):
        put((age == years) & (draw < share) & ~vocational, senior)
        put((age == years) & (draw < share) & vocational, trade)
    put((age == 18) & (draw < 0.3), "13")
    put((age == 19) & (draw < 0.25), "14")
    put((age >= 18) & (age <= 21) & (draw >= 0.3) & (draw < 0.62), "16")
    return stage


def education_of(rng: np.random.Generator, birth: Ints, schooling: Ints, today: int) -> Ints:
    """Highest education of those out of school, by generation; empty while in school."""
    n = len(birth)
    age = age_on(birth, today)
    e1, e2, e3, e4, e5, small = (EDUCATION[c] for c in "123456")
    education = np.select(
        [age < 16, age <= 22, age <= 40, age <= 60],
        [
            full(n, small),
            pick(rng, n, {e3: 0.72, e4: 0.28}),
            pick(rng, n, {e2: 0.18, e3: 0.55, e4: 0.17, e5: 0.10}),
            pick(rng, n, {e1: 0.10, e2: 0.45, e3: 0.37, e4: 0.07, e5: 0.01}),
        ],
        pick(rng, n, {e1: 0.40, e2: 0.45, e3: 0.13, e4: 0.02}),
    )
    return np.where(schooling == NOT_IN_SCHOOL, education, NULL)


def health_of(rng: np.random.Generator, birth: Ints, today: int) -> Ints:
    """Health by age."""
    n = len(birth)
    age = age_on(birth, today)
    young = pick(rng, n, {HEALTHY: 0.97, CHRONIC: 0.015, SERIOUS: 0.005, DISABLED: 0.01})
    middle = pick(rng, n, {HEALTHY: 0.87, CHRONIC: 0.08, SERIOUS: 0.02, DISABLED: 0.03})
    old = pick(rng, n, {HEALTHY: 0.52, CHRONIC: 0.39, SERIOUS: 0.04, DISABLED: 0.05})
    return np.select([age < 16, age < 60], [young, middle], old)


def labour_of(rng: np.random.Generator, birth: Ints, schooling: Ints, health: Ints, today: int) -> Ints:
    """Ability to work: a healthy grown-up out of school is never put down as unable."""
    n = len(birth)
    age = age_on(birth, today)
    able = pick(rng, n, {ORDINARY: 0.86, SKILLED: 0.14})
    chronic = pick(rng, n, {ORDINARY: 0.45, WEAK: 0.55})
    broken = pick(rng, n, {LOST: 0.65, WEAK: 0.35})
    retired = np.where(
        age < 70, pick(rng, n, {WEAK: 0.55, ORDINARY: 0.25, NONE: 0.2}), pick(rng, n, {NONE: 0.8, WEAK: 0.2})
    )
    return np.select(
        [
            (age < 16) | (schooling != NOT_IN_SCHOOL),
            health == SERIOUS,
            (health == DISABLED) & (age < 70),
            age >= 60,
            health == CHRONIC,
        ],
        [full(n, NONE), full(n, LOST), broken, retired, chronic],
        able,
    )


def work_of(rng: np.random.Generator, birth: Ints, labour: Ints, today: int) -> tuple[Ints, Ints]:
    """Where and for how many months somebody works away from the farm; both empty for those who do not."""
    n = len(birth)
    age = age_on(birth, today)
    works = ((labour == ORDINARY) | (labour == SKILLED)) & (age >= 16) & (age <= 62) & (rng.random(n) < 0.52)
    place = pick(rng, n, {WORK["01"]: 0.24, WORK["02"]: 0.26, WORK["03"]: 0.22, WORK["04"]: 0.27, WORK["99"]: 0.01})
    months = between(rng, 2, 12, n)
    return np.where(works, place, NULL), np.where(works, months, NULL)


def pension_of(rng: np.random.Generator, birth: Ints, schooling: Ints, today: int) -> Ints:
    """Basic pension cover: grown-ups out of school, nearly all."""
    n = len(birth)
    grown = (age_on(birth, today) >= 16) & (schooling == NOT_IN_SCHOOL)
    return np.asarray(grown & (rng.random(n) < 0.93), dtype=np.int64)
