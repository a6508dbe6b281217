"""Draws the next night of a lake in SQL: every office sends its whole state again, with a share of it changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from include.clocks import known_at
from include.contract import contracts
from include.duck import connect
from include.files import write_parquet
from include.home import Home
from include.settings import Settings

#: The ledger's tables that tell of attempts and their rows.
_LEDGER = ("attempts", "accounts", "files", "conservation", "attempt_states", "verdicts")
#: Cells that differ in a household that changed, by dataset.
_CHANGES = {
    "households": {"medical_cost": "coalesce(medical_cost, 0) + 1", "surveyed_on": "as_of + 1"},
    "persons": {"medical_insurance": "not medical_insurance"},
    "measures": {"amount": "amount + 10"},
}


def draw_night(home: Home, settings: Settings, before: date, night: date, share: float) -> int:
    """Write the judged lake of `night` from that of the night before; returns how many households changed."""
    changed = 0
    with connect(settings) as connection:
        for path in _files(home, before):
            target = path.parents[1] / f"night={night}" / path.name
            dataset = path.parents[1].name if path.parents[2].name == "accepted" else ""
            columns = [
                name for name, *_ in connection.execute(f"describe select * from read_parquet('{path}')").fetchall()
            ]
            cells = _clocks(columns, before, night) | _changed(columns, dataset, night, share)
            replaced = ", ".join(f'{expression} as "{name}"' for name, expression in cells.items())
            write_parquet(connection, f"select * replace ({replaced}) from read_parquet('{path}')", target)
            if dataset == "households":
                found = connection.execute(
                    f"select count(*) from read_parquet('{path}') where {_is_changed(night, share)}"
                ).fetchone()
                changed += int(found[0]) if found else 0
    return changed


def _files(home: Home, night: date) -> Iterator[Path]:
    for folder in (*(f"accepted/{name}" for name in contracts()), *_LEDGER):
        yield from sorted((home.lake / folder / f"night={night}").glob("*.parquet"))


def _clocks(columns: list[str], before: date, night: date) -> dict[str, str]:
    moved = {
        "night": f"date '{night}'",
        "known_at": f"timestamp '{known_at(night)}'",
        "arrived_at": f"timestamp '{known_at(night)}'",
        "as_of": f"as_of + {(night - before).days}",
        "number": "number + 1",
        "attempt_id": "left(attempt_id, -5) || lpad((right(attempt_id, 5)::integer + 1)::varchar, 5, '0')",
    }
    return {name: expression for name, expression in moved.items() if name in columns}


def _changed(columns: list[str], dataset: str, night: date, share: float) -> dict[str, str]:
    return {
        name: f'case when {_is_changed(night, share)} then {expression} else "{name}" end'
        for name, expression in _CHANGES.get(dataset, {}).items()
        if name in columns
    }


def _is_changed(night: date, share: float) -> str:
    return f"hash(household_key || '{night}') % 1000000 < {int(share * 1_000_000)}"
