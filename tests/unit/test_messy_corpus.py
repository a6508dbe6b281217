"""The corpus of messy files: every one is read exactly, or refused with row and reason. Every value is compared."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.contract import contract
from tests.messy.clean import value_of
from tests.messy.night import Outcome, Played, outcomes_of
from tests.unit.intake_world import World

CORPUS = Path(__file__).parents[1] / "fixtures" / "messy"
CASES = sorted(folder.parent for folder in CORPUS.glob("*/truth.yaml"))


def truth_of(folder: Path) -> dict[str, Any]:
    """What is true of a case's file."""
    loaded: dict[str, Any] = yaml.safe_load((folder / "truth.yaml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """All of them in one night, each from a county of its own."""
    world = World(tmp_path_factory.mktemp("corpus"))
    for folder in CASES:
        truth = truth_of(folder)
        name, data = truth["file"], (folder / truth["file"]).read_bytes()
        told = hashlib.sha256(data if truth.get("vouched", True) else data + b" ").hexdigest()
        rows = truth.get("declared", len(truth["rows"]) + len(truth.get("rejected", {})) or 1)
        world.send({name: data}, submitter=truth["county"], rows={name: rows}, listed={name: told})
    return outcomes_of(world)


def test_there_are_enough_and_half_of_them_are_mutated() -> None:
    mutated = [folder for folder in CASES if "-mutated-" in folder.name]
    assert len(CASES) >= 60
    assert 2 * len(mutated) >= len(CASES)


@pytest.mark.parametrize("folder", CASES, ids=[folder.name for folder in CASES])
def test_a_messy_file(played: Played, folder: Path) -> None:
    truth = truth_of(folder)
    one = played.outcomes[truth["county"]]
    if "refusal" in truth:
        assert (one.state, one.reason, one.rows) == ("rejected", truth["refusal"], {})
        return
    assert one.file["refusal"] is None
    item = contract(truth["dataset"])
    read = {n: {c.name: row[c.name] for c in item.lake_columns if c.name != "operation"} for n, row in one.rows.items()}
    assert read == {
        number: {c.name: value_of(c, row.get(c.name, "")) for c in item.lake_columns if c.name != "operation"}
        for number, row in truth["rows"].items()
    }
    assert one.rejected == truth.get("rejected", {})
    for row, rule in truth.get("rejected", {}).items():
        assert any(r == row and found == rule for found, r, _ in one.told), f"row {row} is not told by {rule}"
    assert cells_told(one) >= {(row, *words.split(" ")) for row, words in truth.get("cells", {}).items()}
    assert {f"{rule} {column}" for rule, row, column in one.told if row is None} >= set(truth.get("told", []))
    for known in ("encoding", "header_row", "format", "skipped"):
        if known in truth:
            assert one.file[known] == truth[known], known


def cells_told(one: Outcome) -> set[tuple[Any, ...]]:
    """Row, rule and column of the findings on cells."""
    return {(row, rule, column) for rule, row, column in one.told if row is not None}
