"""The stamp that seeds are loaded says so only of the warehouse that is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from include.home import Home
from include.settings import Settings
from include.warehouse import dbt

NIGHT = date(2026, 11, 20)


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Build the seeds with a dbt that writes the file and then does what it is told; how many times it was run."""
    home, runs = Home(tmp_path), []

    def build(then: type[BaseException] | None = None) -> int:
        def run_dbt(*_: object) -> int:
            runs.append(1)
            home.warehouse.touch()
            if then:
                raise then
            return 0

        monkeypatch.setattr(dbt, "run_dbt", run_dbt)
        dbt.build_layer(home, Settings(home=tmp_path), NIGHT, "seeds")
        return len(runs)

    return build


def test_seeds_are_loaded_once(load: Callable[..., int]) -> None:
    assert [load(), load()] == [1, 1]


def test_a_new_warehouse_gets_its_seeds_also_when_another_layer_made_the_file(
    load: Callable[..., int], tmp_path: Path
) -> None:
    load()
    home = Home(tmp_path)
    home.warehouse.unlink()
    dbt.build_layer(home, Settings(home=tmp_path), NIGHT, "quality")
    assert home.warehouse.exists()
    assert load() == 3


def test_a_death_while_seeds_are_loaded_leaves_no_stamp(load: Callable[..., int], tmp_path: Path) -> None:
    load()
    Home(tmp_path).warehouse.unlink()  # as a deletion of a person does
    with pytest.raises(Killed):
        load(Killed)
    assert load() == 3
