"""The rules that the door itself tells, from the catalogue: their words are there, their code is in include/intake."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True)
class DoorRule:
    """What a finding of the door takes from the catalogue."""

    id: str
    version: str
    severity: str
    value_class: str
    trial: bool


@cache
def door_rules() -> dict[str, DoorRule]:
    """All rules of catalogue/door.yaml by id."""
    text = files("include.rules").joinpath("catalogue", "door.yaml").read_text(encoding="utf-8")
    rules = (
        DoorRule(rule["id"], str(rule["version"]), rule["severity"], rule["value_class"], bool(rule["trial"]))
        for rule in yaml.safe_load(text)
    )
    return {rule.id: rule for rule in rules}
