"""The import rules of pyproject.toml leave nothing out: every room and every file of include/ has its layer."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
RULES = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
_KNOWN_TO_THE_COUNTRY = {"include.contract", "include.seeds", "include.files", "include.kill_points"}
"""What `include.country` may lean on: what may be sent, the facts of places, and how a file is written."""
_MAY_IMPORT_AIRFLOW = {"include.orchestration"}


def contract(name: str) -> dict[str, Any]:
    (found,) = [one for one in RULES["contracts"] if one["name"] == name]
    return dict(found)


def layers() -> list[set[str]]:
    stated = contract("Rooms know only the rooms before them")["layers"]
    return [{module.strip() for module in layer.split("|")} for layer in stated]


@pytest.fixture(scope="module")
def rooms() -> set[str]:
    """Every folder and file of include/ that can be imported, as import-linter names it."""
    found = (
        path for path in (REPOSITORY / "include").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    )
    return {f"include.{path.stem}" for path in found if path.stem != "__init__"}


def test_every_room_and_file_has_one_layer(rooms: set[str]) -> None:
    placed = [module for layer in layers() for module in layer]
    assert sorted(placed) == sorted({*rooms, "expectations"})


def test_the_country_is_kept_from_every_room_but_the_contract(rooms: set[str]) -> None:
    forbidden = set(contract("The synthetic country knows the contract only")["forbidden_modules"])
    above = {module for layer in layers()[: _index("include.contract")] for module in layer}
    assert forbidden >= above - {"include.country"}
    assert not forbidden & _KNOWN_TO_THE_COUNTRY
    assert "include.remote" in forbidden


def test_every_room_but_the_dags_own_file_is_importable_without_airflow() -> None:
    without = set(contract("Logic is importable without Airflow")["source_modules"])
    above = {module for layer in layers()[: _index("include.contract") + 1] for module in layer}
    assert above - without == _MAY_IMPORT_AIRFLOW


def _index(room: str) -> int:
    (index,) = [place for place, layer in enumerate(layers()) if room in layer]
    return index
