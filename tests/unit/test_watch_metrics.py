"""The night's figures for Prometheus: they are those of quality, and the file keeps to the text format."""

from __future__ import annotations

import os
import re
from pathlib import Path

from include.home import Home
from include.settings import Settings
from include.watch.gate_seconds import keep
from include.watch.heartbeat import tell_heartbeat
from include.watch.metrics import write_metrics
from tests.unit.quality_file import LAST_NIGHT, NIGHT, three_counties

LINE = re.compile(r'(targeted_[a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? (-?[0-9]+(?:\.[0-9])?)')


def figures(home: Home) -> dict[str, float]:
    """Every sample by its name and labels; a line that is neither a comment nor a sample fails."""
    found = {}
    for line in home.metrics.read_text(encoding="utf-8").splitlines():
        if not line.startswith("# "):
            match = LINE.fullmatch(line)
            assert match, line
            found[line.rpartition(" ")[0]] = float(match[4])
    return found


def test_the_figures_of_a_night_are_those_of_quality(tmp_path: Path) -> None:
    home, quality = Home(tmp_path), three_counties()
    quality.held("513431", 12, NIGHT)
    quality.finding("513431", "household-missing-village", 12)
    quality.finding("513431", "income-implausible", 13, severity="explain")
    quality.finding("533123", "income-implausible", 14, severity="explain")
    quality.gate("marts", "marts-is-whole")
    quality.gate("marts", "marts-keys-unique", success=False)
    quality.gate("marts", "marts-empty", success=False, suite="advisory")
    quality.write(home.published)
    tell_heartbeat(home, Settings(home=tmp_path), NIGHT)
    told = figures(home)
    assert told['targeted_rows{fate="received"}'] == 9500
    assert told['targeted_rows{fate="accepted"}'] + told['targeted_rows{fate="held"}'] == 9498
    assert told['targeted_gate_checks{stage="marts",result="failed"}'] == 1
    assert told['targeted_gate_checks{stage="marts",result="advice"}'] == 1
    assert told['targeted_gate_checks{stage="marts",result="passed"}'] == 1
    assert told['targeted_households_held{state="households"}'] == 1
    assert sum(count for name, count in told.items() if name.startswith("targeted_offices")) == 3
    assert told['targeted_findings_open{severity="must_fix"}'] == 1
    assert told['targeted_findings_open{severity="explain"}'] == 2
    assert told["targeted_night_timestamp_seconds"] == 1795269600, "22:00 in Shanghai, as Prometheus counts time"
    assert "targeted_served_timestamp_seconds" not in told, "nothing was ever published here"


def test_it_says_when_the_marts_were_published(tmp_path: Path) -> None:
    home, file = Home(tmp_path), tmp_path / "published" / "marts-2026-11-20-1.duckdb"
    file.parent.mkdir()
    file.write_bytes(b"")
    os.utime(file, (1_795_300_000, 1_795_300_000))
    (file.parent / "marts.duckdb").symlink_to(file.name)
    write_metrics(home, NIGHT, LAST_NIGHT, None, 0)
    assert figures(home)["targeted_published_timestamp_seconds"] == 1_795_300_000


def test_a_night_without_a_quality_file_says_when_and_what_is_served(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_metrics(home, NIGHT, LAST_NIGHT, None, 2)
    told = figures(home)
    assert told["targeted_night_timestamp_seconds"] - told["targeted_served_timestamp_seconds"] == 86_400
    assert told["targeted_alerts_open"] == 2 and len(told) == 3


def test_it_says_how_long_each_gate_of_the_night_took(tmp_path: Path) -> None:
    home = Home(tmp_path)
    keep(home, "warehouse", LAST_NIGHT, 3.0)
    keep(home, "marts", LAST_NIGHT, 9.0)
    keep(home, "marts", NIGHT, 4.26)
    write_metrics(home, NIGHT, LAST_NIGHT, None, 0)
    told = {name: value for name, value in figures(home).items() if "gate_seconds" in name}
    assert told == {'targeted_gate_seconds{stage="marts"}': 4.3}, "the last run of this night, and of no other"
