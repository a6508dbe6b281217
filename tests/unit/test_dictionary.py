"""The committed data dictionary is the one that the marts' YAML gives, and every mart is told whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.warehouse.dictionary import SCHEMAS, dictionary, marts, steps_of
from include.warehouse.sources import PROJECT

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


def test_the_committed_dictionary_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == dictionary(), "run `targeted docs build`"


def test_every_mart_of_the_project_is_told_with_its_key_its_owner_and_described_columns() -> None:
    told = marts()
    models = {path.stem.replace("__", ".", 1) for path in (PROJECT / "models" / "marts").rglob("*.sql")}
    assert {f"{mart.schema}.{mart.name}" for mart in told} == models
    assert {mart.schema for mart in told} == set(SCHEMAS)
    text = dictionary()
    for mart in told:
        assert mart.key and set(mart.key) <= {column.name for column in mart.columns}, mart.name
        assert mart.owner and mart.description, mart.name
        section = text.split(f"\n### {mart.schema}.{mart.name}\n")[1].split("\n### ")[0]
        for column in mart.columns:
            assert column.description and f"| `{column.name}` | {column.type} |" in section, (mart.name, column.name)


def test_how_a_mart_is_made_is_told_in_the_words_of_its_sql() -> None:
    text = dictionary()
    attempts = text.split("\n### quality.attempts\n")[1].split("\n### ")[0]
    assert (
        "- How it is made: 1. the ledger; 2. the state after judging, rejected at the door, or withdrawn by" in attempts
    )
    assert all(len(mart.steps) > 20 and "--" not in mart.steps for mart in marts())
    assert steps_of("-- Grain: a.\n-- Steps: 1. one,\n-- and: two.\nwith\n\n-- not this\n") == "1. one, and: two."


def test_a_model_that_does_not_say_how_it_is_made_is_refused() -> None:
    with pytest.raises(ValueError, match="its grain and its steps, not with 'select 1'"):
        steps_of("select 1\n-- Steps: too late\n")


def test_no_mart_has_a_direct_identifier_or_a_hash_of_one() -> None:
    forbidden = ("person_key", "resident_number", "phone", "ethnicity", "religion", "bank")
    columns = [(mart.name, column.name) for mart in marts() for column in mart.columns]
    assert [pair for pair in columns if any(word in pair[1] for word in forbidden)] == []
