"""After an upgrade that changes a seed's columns, dbt reads the project anew and not what it parsed before."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include.home import Home
from include.settings import Settings
from include.warehouse import dbt

NIGHT = date(2026, 11, 20)


def test_what_was_parsed_before_the_seeds_changed_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    parsed = home.warehouse.parent / "dbt-target" / "partial_parse.msgpack"
    parsed.parent.mkdir(parents=True)
    parsed.write_bytes(b"of the version before")
    there: list[bool] = []

    def run(*_: object, **__: object) -> int:
        there.append(parsed.exists())
        parsed.write_bytes(b"of this version")
        return 0

    monkeypatch.setattr(dbt, "run_dbt", run)
    monkeypatch.setattr(dbt, "_results", lambda _home: [])
    home.warehouse.touch()
    dbt.build_layer(home, Settings(home=tmp_path), NIGHT, "seeds")
    assert there == [False]
    dbt.build_layer(home, Settings(home=tmp_path), NIGHT, "seeds")
    dbt.build_layer(home, Settings(home=tmp_path), NIGHT, "marts")
    assert parsed.read_bytes() == b"of this version", "unchanged seeds: what was parsed serves on"
