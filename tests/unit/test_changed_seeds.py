"""After an upgrade that changes a seed's columns its table is made anew; the old one would refuse the file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include.home import Home
from include.settings import Settings
from include.warehouse import dbt

NIGHT = date(2026, 11, 20)


def test_changed_seeds_are_loaded_into_new_tables_and_models_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, asked = Home(tmp_path), list[list[str]]()

    def run(_home: Home, _settings: Settings, _night: date, arguments: list[str], *_: object) -> int:
        asked.append(arguments)
        return 0

    monkeypatch.setattr(dbt, "run_dbt", run)
    monkeypatch.setattr(dbt, "_results", lambda _home: [])
    home.warehouse.parent.mkdir(parents=True)
    home.warehouse.touch()
    for layer in ("seeds", "seeds", "marts"):
        dbt.build_layer(home, Settings(home=tmp_path), NIGHT, layer)
    assert ["--full-refresh" in arguments for arguments in asked] == [True, False], (
        "unchanged seeds are not loaded again"
    )
