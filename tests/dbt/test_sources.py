"""What dbt is told of the lake is what the contract says."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.contract import contract, contracts
from include.home import Home
from include.settings import Settings
from include.warehouse import sources


def test_the_generated_files_are_current() -> None:
    """`python -m include.warehouse.sources` writes them."""
    assert sources.SOURCES_YML.read_text(encoding="utf-8") == sources.sources_yml()
    assert sources.COLUMNS_MACRO.read_text(encoding="utf-8") == sources.columns_macro()


def test_accepted_rows_have_the_contracts_columns_and_no_number() -> None:
    columns = sources.row_columns(contract("persons"), "accepted")
    assert list(columns)[:10] == [
        "submitter",
        "county_id",
        "attempt_id",
        "number",
        "night",
        "file",
        "row",
        "as_of",
        "known_at",
        "household_key",
    ]
    assert "resident_number" not in columns
    assert columns["person_key"][0] == "VARCHAR" and columns["birth_date"][0] == "DATE"
    assert list(sources.row_columns(contract("persons"), "held"))[-2:] == ["held_by", "provisional"]


def test_a_dataset_nobody_sent_has_an_empty_typed_file(tmp_path: Path) -> None:
    home, settings = Home(tmp_path), Settings(home=tmp_path)
    assert sources.write_layouts(home, settings) == len(sources.tables()) == 2 * len(contracts()) + len(sources.LEDGER)
    assert sources.write_layouts(home, settings) == 0, "it is written once"
    typed = duckdb.sql(f"describe select * from read_parquet('{home.lake}/accepted/households/*/*.parquet')").fetchall()
    types = {name: type_ for name, type_, *_ in typed}
    assert types["net_income"] == "DECIMAL(18,2)" and types["night"] == "DATE"
    assert list((home.lake / "accepted" / "households").glob("night=*/*")) == [], "it is no night"


def test_a_changed_layout_replaces_the_old_file(tmp_path: Path) -> None:
    home, settings = Home(tmp_path), Settings(home=tmp_path)
    old = home.lake / "accepted" / "households" / "layout" / "0123456789ab.parquet"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")
    sources.write_layouts(home, settings)
    assert not old.exists() and len(list(old.parent.iterdir())) == 1


def test_the_lists_hold_codes_and_rules(tmp_path: Path) -> None:
    home, settings = Home(tmp_path), Settings(home=tmp_path)
    sources.write_lists(home, settings, [{"rule": "value-missing", "severity": "must_fix", "trial": False}])
    path = home.lake / "code_lists.parquet"
    label = duckdb.sql(f"select label_zh from '{path}' where list = 'cause' and code = '11'").fetchall()
    assert label == [("原因待核实",)]
    assert duckdb.sql(f"select rule, trial from '{home.lake / 'rules.parquet'}'").fetchall() == [
        ("value-missing", False)
    ]
