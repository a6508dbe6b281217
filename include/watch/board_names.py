"""Short names for the board: gates, kinds of zone, offices."""

from __future__ import annotations

from include.contract.words import Label
from include.intake.names import name_and_path, place_name

__all__ = ["GATE_NAMES", "ZONE_KINDS", "office_name", "place_name"]

GATE_NAMES = {
    "submissions": Label("报送", "submissions"),
    "warehouse": Label("数仓", "warehouse"),
    "marts": Label("集市", "marts"),
    "published": Label("发布", "published"),
    "disclosure": Label("披露", "disclosure"),
}
ZONE_KINDS = {
    "contiguous_area": Label("集中连片特困地区", "contiguous areas"),
    "deep_poverty": Label("深度贫困地区", "deep poverty"),
    "statement_place": Label("重点地方", "places named in the statement"),
}


def office_name(submitter: str) -> str:
    """An office by its place, or by its kind and code."""
    name, path = name_and_path(submitter)
    return name if submitter.isdigit() else f"{name} {path}".strip()
