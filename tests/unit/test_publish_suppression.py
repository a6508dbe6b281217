"""Small cells stay hidden from one who can add and subtract; judged by exact fractions, not by the code under test."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date
from fractions import Fraction
from random import Random

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.warehouse.disclosure import Atoms, hidden_keys
from include.warehouse.hidden_before import HiddenBefore, release_of
from include.warehouse.open_tables import CAUSES, DUTY_GAPS, EXPERIENCES, OFFICE_NAME
from include.warehouse.suppression import Cell, hidden_cells, recovered_cells, small_remainders

MINIMUM = 10


def cell(key: str, family: str, atoms: str, count: int, rank: int = 0) -> Cell:
    return Cell(key, family, frozenset(atoms), (float(count),), rank)


def follows(shown: Sequence[Cell], target: Cell) -> bool:
    """Whether the target's atoms are a linear combination of the shown cells', by exact elimination."""
    atoms = sorted({atom for c in [*shown, target] for atom in c.atoms}, key=str)
    rows = [[Fraction(atom in c.atoms) for atom in atoms] for c in shown]
    want = [Fraction(atom in target.atoms) for atom in atoms]
    for column in range(len(atoms)):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        for row in [*rows, want]:
            if row[column]:
                factor = row[column] / pivot[column]
                row[:] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
    return not any(want)


def test_one_small_county_takes_its_smallest_neighbour_along() -> None:
    cells = [
        cell("A", "county", "a", 4),
        cell("B", "county", "b", 50),
        cell("C", "county", "c", 30),
        cell("P", "province", "abc", 84, rank=3),
    ]
    assert hidden_cells(cells, MINIMUM) == {"A", "C"}


def test_the_neighbour_that_was_hidden_last_month_is_hidden_again() -> None:
    cells = [
        cell("A", "county", "a", 4),
        cell("B", "county", "b", 50),
        cell("C", "county", "c", 30),
        cell("P", "province", "abc", 84, rank=3),
    ]
    assert hidden_cells(cells, MINIMUM, again={"B"}) == {"A", "B"}
    assert hidden_cells(cells, MINIMUM, stays={"B"}) == {"A", "B"}
    large = [cell("A", "county", "a", 40), *cells[1:3], cell("P", "province", "abc", 120, rank=3)]
    assert hidden_cells(large, MINIMUM, again={"B"}) == set(), "nothing is hidden for what was once small"
    assert hidden_cells(large, MINIMUM, stays={"B"}) == {"B"}


def test_the_memory_keeps_a_month_and_remembers_the_one_before() -> None:
    memory = HiddenBefore(DUTY_GAPS)
    rows = [
        {"area_kind": "county", "area_code": code, "gap": "no_helper", "households": shown}
        for code, shown in (("513431", None), ("513432", 20))
    ]
    hidden = {("county", "513431", "all")}
    memory.remember(rows, date(2026, 11, 3))
    november, december, january = (
        release_of(DUTY_GAPS, rows[0], night) for night in (date(2026, 11, 30), date(2026, 12, 1), date(2027, 1, 1))
    )
    assert (memory.stays(november, 0), memory.again(november, 0)) == (hidden, set())
    assert (memory.stays(december, 0), memory.again(december, 0)) == (set(), hidden)
    memory.remember(rows[1:], date(2026, 12, 5))
    assert memory.again(january, 0) == set(), "the month before hid nothing"


def test_two_small_counties_whose_sum_is_small_take_a_third_along() -> None:
    cells = [cell(k, "county", k.lower(), n) for k, n in (("A", 4), ("B", 3), ("C", 30), ("D", 60))]
    cells.append(cell("P", "province", "abcd", 97, rank=3))
    assert hidden_cells(cells, MINIMUM) == {"A", "B", "C"}


def test_a_zone_that_gives_a_county_back_is_hidden_and_the_others_stay() -> None:
    cells = [
        cell("A", "county", "a", 4, 1),
        cell("B", "county", "b", 50, 1),
        cell("C", "county", "c", 30, 1),
        cell("P", "province", "abc", 84, 3),
        cell("Z", "zone Z", "ab", 54),
        cell("Y", "zone Y", "bc", 80),
    ]
    hidden = hidden_cells(cells, MINIMUM)
    assert {"A", "Z", "Y"} <= hidden or {"A", "B", "C"} <= hidden
    assert "P" not in hidden
    assert not recovered_cells(cells, hidden, MINIMUM)


def test_a_small_leftover_of_a_county_outside_a_zone_is_not_told() -> None:
    cells = [cell("A", "county", "ab", 100, 1), cell("Z", "zone Z", "a", 96)]
    assert hidden_cells(cells, MINIMUM) == {"Z"}


def test_nobody_is_a_small_count_too() -> None:
    assert hidden_cells([cell("A", "county", "a", 0)], MINIMUM) == {"A"}


def test_equal_areas_and_large_cells_are_all_shown() -> None:
    cells = [cell("A", "county", "a", 40), cell("P", "province", "a", 40, 3), cell("N", "nation", "a", 40, 5)]
    assert hidden_cells(cells, MINIMUM) == set()


def test_every_guarded_count_must_reach_the_minimum() -> None:
    cells = [Cell("A", "county", frozenset("a"), (40.0, 3.0)), Cell("B", "county", frozenset("b"), (40.0, 30.0))]
    assert hidden_cells(cells, MINIMUM) == {"A"}


def test_the_audit_sees_what_was_left_open() -> None:
    cells = [cell("A", "county", "a", 4), cell("B", "county", "b", 50), cell("P", "province", "ab", 54, 3)]
    assert recovered_cells(cells, {"A"}, MINIMUM) == {"A"}
    assert small_remainders(cells, {"A"}, MINIMUM) == {"P"}
    assert not recovered_cells(cells, {"A", "B"}, MINIMUM)


def country(seed: int) -> list[Cell]:
    """Up to 12 counties in 4 provinces, zones across them (some through the middle of a county), and causes."""
    random = Random(seed)  # noqa: S311 a test's draw
    pieces = [(f"c{i}", half) for i in range(random.randint(3, 12)) for half in "xy"]
    causes = ["1", "2", "3"][: random.randint(1, 3)]
    counts = {(p, c): random.choice([0, 2, 7, 12, 40, 300]) for p in pieces for c in causes}
    areas: dict[tuple[str, str], list[tuple[str, str]]] = {("nation", "CN"): pieces}
    for piece in pieces:
        areas.setdefault(("county", piece[0]), []).append(piece)
        areas.setdefault(("province", f"p{int(piece[0][1:]) % 4}"), []).append(piece)
    for zone in range(random.randint(0, 4)):
        areas[f"zone z{zone}", "z"] = random.sample(pieces, random.randint(1, len(pieces)))
    cells = []
    for (family, code), members in areas.items():
        rank = {"county": 1, "province": 3, "nation": 5}.get(family, 0)
        for part in [*causes, "all"] if len(causes) > 1 else causes:
            within = causes if part == "all" else [part]
            atoms: frozenset[Hashable] = frozenset((p, c) for p in members for c in within)
            total = float(sum(counts[p, c] for p in members for c in within))
            label = family + (", total" if part == "all" else "")
            cells.append(Cell(f"{family} {code} {part}", label, atoms, (total,), rank))
    return cells


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=10**6))
def test_in_any_country_no_small_cell_follows_from_the_shown_ones(seed: int) -> None:
    cells = country(seed)
    hidden = hidden_cells(cells, MINIMUM)
    shown = [c for c in cells if c.key not in hidden]
    assert all(not c.small(MINIMUM) for c in shown)
    for target in cells:
        if target.small(MINIMUM):
            assert not follows(shown, target), target.key
    assert not small_remainders(cells, hidden, MINIMUM)


@pytest.mark.parametrize("seed", range(5))
def test_the_audit_agrees_with_exact_fractions(seed: int) -> None:
    cells = country(seed)
    hidden = {c.key for c in cells if c.small(MINIMUM)}  # primary cells alone: much can be worked out
    shown = [c for c in cells if c.key not in hidden]
    exact = {c.key for c in cells if c.key in hidden and follows(shown, c)}
    assert recovered_cells(cells, hidden, MINIMUM) == exact


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=10**6))
def test_parts_of_areas_are_safe_also_beside_the_totals_of_finer_areas(seed: int) -> None:
    """The open cause profile: causes of provinces and zones, totals of counties as well; judged over single atoms."""
    random = Random(seed)  # noqa: S311 a test's draw
    counties = [f"c{i}" for i in range(random.randint(3, 9))]
    causes = ["01", "02", "03"]
    counts = {(c, k): random.choice([0, 3, 8, 11, 60]) for c in counties for k in causes}
    atoms: Atoms = {("nation", "CN"): frozenset(counties)}
    for i, county in enumerate(counties):
        atoms["county", county] = frozenset([county])
        province = ("province", f"p{i % 3}")
        atoms[province] = atoms.get(province, frozenset()) | {county}
    for zone in range(random.randint(0, 3)):
        atoms["zone", f"z{zone}"] = frozenset(random.sample(counties, random.randint(1, len(counties))))
    rows = [
        {
            "area_kind": kind,
            "area_code": code,
            "cause": part,
            "main_households": sum(counts[c, k] for c in places for k in causes if part in {k, "all"}),
        }
        for (kind, code), places in atoms.items()
        for part in (["all"] if kind == "county" else [*causes, "all"])
    ]
    [(_, hidden)] = hidden_keys(CAUSES, rows, MINIMUM, atoms, HiddenBefore(CAUSES), ("2026-11-01", ())).items()
    cells = []
    for row in rows:
        key = (row["area_kind"], row["area_code"], row["cause"])
        within = causes if row["cause"] == "all" else [row["cause"]]
        inside = frozenset((place, cause) for place in atoms[key[:2]] for cause in within)
        cells.append(Cell(key, key[0], inside, (float(row["main_households"]),)))
    # As the open file shows it: an area whose total is hidden shows no part either.
    shown = [c for c in cells if c.key not in hidden and (*c.key[:2], "all") not in hidden]
    assert all(not c.small(MINIMUM) for c in shown)
    for target in cells:
        if target.small(MINIMUM):
            assert not follows(shown, target), target.key


def test_a_text_that_an_earlier_door_let_through_does_not_reach_the_open_file() -> None:
    """The table's own query empties what reaches a person, column by column, and keeps the row."""
    columns = [name for name in EXPERIENCES.columns if name != "experience_key"]
    texts = {
        "title": "农闲办班",
        "what_was_done": "请打138—0013—8000",
        "how_it_was_done": "由王主任牵头",
        "result": "见５１３４３１－Ｈ１户",
    }
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as m; create schema m.zone")
        typed = ", ".join(f"{name} varchar" for name in columns)
        connection.execute(f"create table m.zone.experiences (experience_key varchar, {typed})")
        connection.execute(
            f"insert into m.zone.experiences (experience_key, {', '.join(texts)}) values ('513431-X1', ?, ?, ?, ?)",
            [*texts.values()],
        )
        shown = connection.execute(f"select {', '.join(texts)} from ({EXPERIENCES.query})").fetchall()
    assert shown == [("农闲办班", None, None, None)]


def test_an_office_is_named_and_nobody_in_it() -> None:
    office = "某县乡村振兴局"
    names = [office, f"{office} 联系人张伟 138-1234-5678", f"{office} 微信 zhangwei88", f"{office} 13812345678"]
    with duckdb.connect() as connection:
        shown = connection.execute(f"select {OFFICE_NAME} from (select unnest(?) as unit_name)", [names]).fetchall()
    assert shown == [(office,), (None,), (None,), (None,)]
