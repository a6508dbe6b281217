"""The rules that the door itself tells: those of the catalogue without SQL, since their code is in include/intake."""

from __future__ import annotations

from functools import cache

from include.rules.catalogue import catalogue
from include.rules.model import Rule


@cache
def door_rules() -> dict[str, Rule]:
    """All rules of the door (catalogue/door.yaml) by id."""
    return {
        rule.id: rule
        for rule in catalogue()
        if rule.sql is None and rule.measured is None and rule.kind in ("package", "file", "row")
    }
