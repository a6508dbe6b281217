"""Every open file of five weeks in the hands of one who subtracts: no cell under the minimum is found.

The attacker of attack.py has more than anybody could: every published night, the geography to the village, and who
tells him which counts did not change from one night to the next. That he is no straw man is tested too: of the same
nights as they would be told without steps and memory he finds small cells.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from include.warehouse import disclosure
from include.warehouse.hidden_before import HiddenBefore
from include.warehouse.open_tables import OPEN_TABLES
from include.warehouse.suppression import RATE_STEPS, rate_step, stepped
from tests.unit.attack import MINIMUM, Subject, attack
from tests.unit.open_nights import CAUSES, Night, publish_nights

_CAUSES = "select area_kind, area_code, month, cause, main_households from zone.cause_profile"
SUBJECTS = {
    "causes": Subject(_CAUSES, CAUSES, lambda household: household.cause),
    "holes beside the need": Subject(
        f"select area_kind, area_code, null, gap, households from responsibility.duty_gap_counts"
        f" union all {_CAUSES} where cause = 'all'",
        ("no_helper", "helper_not_in_office", "none"),
        lambda household: household.gap or "none",
    ),
    **{
        f"registered {weight}": Subject(
            "select area_kind, area_code, month, 'all', registered from zone.poverty_monthly"
            f" where weight = '{weight}'",
            ("registered",),
            lambda _: "registered",
            weight,
        )
        for weight in ("households", "persons")
    },
}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[Night]:
    """All nights of a month, and the first of the next until after the month was cut."""
    return list(publish_nights(tmp_path_factory.mktemp("nights") / "home", seed=2))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_with_every_night_of_a_month_no_small_cell_is_found(subject: str, nights: list[Night]) -> None:
    told, found = attack(SUBJECTS[subject], nights, half=MINIMUM // 2)
    assert sum(cell.shown is not None for cell in told) > len(told) / 5, "too little is shown: nothing was tested"
    assert not found


def test_the_same_attacker_finds_small_cells_where_nights_are_told_without_steps_and_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosure, "_step", lambda *_: None)
    monkeypatch.setattr(disclosure, "_hidden_before", lambda _, table, __: HiddenBefore(table))
    told_plainly = list(publish_nights(tmp_path / "home", seed=2, nights=12))
    for subject in ("causes", "holes beside the need", "registered households"):
        _, found = attack(SUBJECTS[subject], told_plainly, half=0)
        assert found, subject


def test_no_two_figures_of_any_nights_differ_by_few(nights: list[Night]) -> None:
    """Nor a total and its parts, of one night or of two: county by county, cause by cause."""
    differences: list[int] = []
    for subject in SUBJECTS.values():
        totals: dict[int, dict[tuple[object, ...], int]] = {}
        for number, night in enumerate(nights):
            rows = night.rows(subject.query)
            totals[number] = {tuple(key): shown for *key, shown in rows if shown is not None}  # type: ignore[misc]
        for first, second in combinations(totals, 2):
            for one, other in ((first, second), (second, first), (first, first)):
                differences += [
                    shown - totals[other][key] for key, shown in totals[one].items() if key in totals[other]
                ]
                differences += leftovers(totals[one], totals[other])
    assert len(differences) > 10_000
    assert not [difference for difference in differences if 0 < abs(difference) < MINIMUM]


def leftovers(wholes: dict[tuple[object, ...], int], parts: dict[tuple[object, ...], int]) -> list[int]:
    """Each shown total less its shown parts: the nation's counties and prefectures, an area's causes."""
    left = []
    for (kind, code, month, part), whole in wholes.items():
        for inner in ("prefecture", "county"):
            inside = [n for (k, c, m, p), n in parts.items() if (k, m, p) == (inner, month, part)]
            if kind == "nation" and inside:
                left.append(whole - sum(inside))
        causes = [n for (k, c, m, p), n in parts.items() if (k, c, m) == (kind, code, month) and p in CAUSES]
        if part == "all" and causes:
            left.append(whole - sum(causes))
    return left


def test_what_a_night_hid_stays_hidden_to_the_end_of_its_month(nights: list[Night]) -> None:
    hidden: dict[str, set[tuple[object, ...]]] = {}
    stayed = 0
    for night in nights:
        for table in (table for table in OPEN_TABLES if table.guards):
            keys = [name for name in table.key if name != "vintage"]
            column = table.guards[0].columns[0]
            rows = night.rows(f"select {', '.join(keys)}, {column} is null from {table.full_name}")
            dated = () if "month" in keys else (night.night.replace(day=1),)
            now = {(*key, *dated) for *key, is_hidden in rows if is_hidden}
            there = {(*key, *dated) for *key, _ in rows}
            earlier = hidden.setdefault(table.full_name, set())
            assert earlier & there <= now
            stayed += len(earlier & now)
            earlier |= now
    assert stayed > 100


def test_a_rate_moves_in_steps_worth_the_smallest_cell(nights: list[Night]) -> None:
    for night in nights:
        for percent, total in night.rows(
            "select c.main_percent, a.main_households from zone.cause_profile as c"
            " inner join zone.cause_profile as a using (area_kind, area_code, month, vintage)"
            " where a.cause = 'all' and c.cause <> 'all' and c.main_percent is not null"
        ):
            step = 100 * rate_step(float(total) + MINIMUM // 2, MINIMUM)  # type: ignore[arg-type]
            assert float(percent) / step == pytest.approx(round(float(percent) / step))  # type: ignore[arg-type]


def test_steps_of_counts_and_rates() -> None:
    assert [stepped(n, MINIMUM) for n in (10, 14, 15, 24, 25, 104)] == [10, 10, 20, 20, 30, 100]
    assert [rate_step(n, MINIMUM) for n in (19, 20, 100, 199, 200, 1000, 10_000, 10**7)] == [
        *(1.0, 0.5, 0.1, 0.1, 0.05, 0.01, 0.001, 0.001)
    ]
    for fine, coarse in combinations(RATE_STEPS, 2):
        assert coarse / fine == pytest.approx(round(coarse / fine)), "rates in two steps differ by a step"
