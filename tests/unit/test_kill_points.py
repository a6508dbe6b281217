"""`targeted kill-points` lists every moment at which a step can be killed, and is no part of what clerks are shown."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from include.cli import app
from include.kill_points import kill_points

DEPLOYMENT = Path(__file__).resolve().parents[2] / "docs" / "deployment.md"


def test_the_command_lists_every_point() -> None:
    told = CliRunner().invoke(app, ["kill-points"])
    assert told.exit_code == 0
    assert told.stdout.splitlines() == kill_points()
    assert {"accepted:before", "retention:after", "dbt-marts:during"} <= set(kill_points())


def test_it_is_named_to_operators_and_not_to_clerks() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    assert "backup" in shown
    assert "kill-points" not in shown
    assert "`targeted kill-points`" in DEPLOYMENT.read_text(encoding="utf-8")
