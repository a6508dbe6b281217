"""How long each gate took, for the night's figures: kept beside the alerts, not in the lake, whose files are the same
when a night is run again.
"""

from __future__ import annotations

import json
from datetime import date

from include.files import write_aside
from include.home import Home


def keep(home: Home, stage: str, night: date, seconds: float) -> None:
    """Write how long a gate took, in place of what it took last."""
    with write_aside(home.gate_seconds / f"{stage}.json") as aside:
        aside.write_text(json.dumps({"night": f"{night:%Y-%m-%d}", "seconds": round(seconds, 1)}), encoding="utf-8")


def kept(home: Home, night: date) -> dict[str, float]:
    """Seconds of wall time by stage, of the gates that were run last for this night."""
    told = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(home.gate_seconds.glob("*.json"))
    }
    return {stage: gate["seconds"] for stage, gate in told.items() if gate["night"] == f"{night:%Y-%m-%d}"}
