"""What assessors and register offices send: verified samples, and hits of other registers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from include.country.facts import standard
from include.country.households import blank
from include.country.persons import DISABLED
from include.country.state import State, is_open
from include.country.status import EXIT
from include.country.tables import (
    NULL,
    Ints,
    Table,
    age_on,
    between,
    concat,
    count_by,
    first_by,
    full,
    index_of,
    pick,
    rng_for,
    rows_of,
    take,
)

ASSESSOR, REGISTER = "assessor-01", "register-01"
_ASSESSOR_CODE, _REGISTER_CODE = 990001, 990002
OUTSIDE = {ASSESSOR: _ASSESSOR_CODE, REGISTER: _REGISTER_CODE}
"""Submitters that are no place, and the number that stands for each."""
SAMPLE_WIDTH, CHECK_WIDTH = 10**7, 10**7
_VILLAGES, _PER_VILLAGE, _UNREGISTERED = 3, 8, 2
_HEAD, _MAN, _WOMAN = index_of("relation")["01"], index_of("sex")["1"], index_of("sex")["2"]


def draw_samples(seed: int, state: State, first: int, today: int, night: int, *, villages: int = _VILLAGES) -> Table:
    """A two-stage sample of one county: villages, then households in them, and as many unregistered ones as agreed."""
    rng = rng_for(seed, state.county.number, night, 31)
    households = take(state.tables["households"], is_open(state.tables["households"]))
    codes = np.unique(households["village_code"])
    chosen = rng.permutation(codes)[:villages]
    blocks: list[Table] = []
    for village in chosen.tolist():
        inside = np.flatnonzero(households["village_code"] == village)
        drawn = np.sort(rng.permutation(inside)[:_PER_VILLAGE])
        n, extra = len(drawn), _UNREGISTERED
        exited = households["exit_flag"][drawn] == EXIT["1"]
        rural = households["_rural"][drawn] == 1
        poor = np.where(exited | rural, rng.random(n) < 0.015, rng.random(n) < 0.97)
        weight = int(len(codes) / len(chosen) * len(inside) / max(n, 1) * 100)
        blocks.append(
            {
                "county_code": full(n + extra, state.county.number),
                "household_id": np.r_[households["household_id"][drawn], full(extra)],
                "village_code": full(n + extra, village),
                "sampled_on": today - between(rng, 1, 20, n + extra),
                "design_weight": np.r_[full(n, weight), full(extra, weight * 6)],
                "persons": np.r_[households["members_declared"][drawn], between(rng, 1, 6, extra)],
                "verified_poor": np.r_[poor, rng.random(extra) < 0.01].astype(np.int64),
                "verified_exit_correct": np.r_[
                    np.where(exited, (rng.random(n) < 0.985).astype(np.int64), NULL), full(extra)
                ],
                "satisfied": (rng.random(n + extra) < 0.94).astype(np.int64),
            }
        )
    rows = concat(*blocks)
    n = len(rows["household_id"])
    return {
        "sample_id": _ASSESSOR_CODE * SAMPLE_WIDTH + first + np.arange(n, dtype=np.int64),
        **rows,
        **_met(rng_for(seed, state.county.number, night, 33), state, rows, today),
        **blank(n, night),
    }


def _met(rng: np.random.Generator, state: State, rows: Table, today: int) -> Table:
    """Who lives in the visited households: of the registered ones their members, of the others a draw."""
    persons = take(state.tables["persons"], is_open(state.tables["persons"]))
    known = np.unique(persons["household_id"])
    household = rows_of(known, persons["household_id"])
    age = age_on(persons["birth_date"], today)
    on = date(1970, 1, 1) + timedelta(days=today)
    youngest, oldest = standard("work_age_min_years", "CN", on), standard("work_age_max_years", "CN", on)
    told = np.isin(rows["household_id"], known)
    at = rows_of(known, rows["household_id"][told])

    def met(of_households: Ints, drawn: Ints) -> Ints:
        drawn[told] = of_households[at]
        return drawn

    n, everybody = len(told), rows["persons"]
    elderly = between(rng, 0, np.minimum(everybody, 2), n)
    return {
        "head_sex": met(
            first_by(household, persons["sex"], persons["relation"] == _HEAD, len(known)),
            pick(rng, n, {_MAN: 0.8, _WOMAN: 0.2}),
        ),
        "disabled": met(count_by(household, persons["health"] == DISABLED, len(known)), pick(rng, n, {0: 0.9, 1: 0.1})),
        "elderly": met(count_by(household, age > oldest, len(known)), elderly),
        "children": met(count_by(household, age < youngest, len(known)), between(rng, 0, everybody - elderly, n)),
    }


def all_samples(seed: int, states: Sequence[State], first: int, today: int, night: int) -> Table:
    """The assessor's sample of every county on the first night; one more village of a few counties on a later one."""
    wanted = states if night == 0 else [s for i, s in enumerate(states) if i % 5 == night % 5]
    blocks: list[Table] = []
    for state in wanted:
        rows = draw_samples(seed, state, first, today, night, villages=_VILLAGES if night == 0 else 1)
        first += len(rows["sample_id"])
        blocks.append(rows)
    return concat(*blocks) if blocks else {"sample_id": full(0)}


def register_hits(seed: int, states: Sequence[State], first: int, today: int, night: int) -> Table:
    """Hits of other registers on a few persons in ten thousand; each is a question, never a verdict."""
    kinds = index_of("register_kind")
    shares = {kinds["vehicle"]: 0.45, kinds["house"]: 0.2, kinds["business"]: 0.2, kinds["payroll"]: 0.15}
    numbers = []
    share = 0.0012 if night == 0 else 0.0001
    for state in states:
        rng = rng_for(seed, state.county.number, night, 32)
        persons = state.tables["persons"]
        hit = is_open(persons) & (rng.random(len(persons["person_no"])) < share)
        numbers.append(persons["resident_17"][hit])
    found = np.concatenate(numbers)
    rng, n = rng_for(seed, _REGISTER_CODE, night, 0), len(found)
    return {
        "check_id": _REGISTER_CODE * CHECK_WIDTH + first + np.arange(n, dtype=np.int64),
        "resident_17": found,
        "register_kind": pick(rng, n, shares),
        "found_on": today - between(rng, 1, 6, n),
        **blank(n, night),
    }
