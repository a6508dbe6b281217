"""Bad nights and good but unusual ones, played and told: what stops, what is held, what people are told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

COUNTRY: dict[str, Any] = {"counties": 20, "households": 3_000, "nights": 13, "seed": 7, "faults": "none"}
"""The SYNTHETIC country that everything happens to; 20 counties, so that four provinces have two of them."""
NIGHTS = (date(2026, 11, 20), date(2026, 11, 21))
"""Two ordinary nights, played once."""
TONIGHT = date(2026, 11, 22)
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "nights-good-and-bad.md"
