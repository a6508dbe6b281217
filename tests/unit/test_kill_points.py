"""`targeted kill-points` lists every moment at which a step can be killed, and is no part of what clerks are shown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from include.cli import app
from include.kill_points import HOLD, ONCE, SETTING, kill_points

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


def test_a_process_may_be_held_at_a_point_and_says_which_it_is(tmp_path: Path) -> None:
    """So that a whole worker can be killed while one of its tasks stands there."""
    program = "from include.kill_points import reach\nreach('read', 'after')\nprint('went on')"
    settings = {SETTING: "read:after", ONCE: str(tmp_path), HOLD: "1"}
    with subprocess.Popen([sys.executable, "-c", program], env=os.environ | settings, stdout=subprocess.PIPE) as held:
        seen = os.waitid(os.P_PID, held.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert seen and (seen.si_code, seen.si_status) == (os.CLD_STOPPED, signal.SIGSTOP)
        assert (tmp_path / "read:after").read_text(encoding="utf-8") == str(held.pid)
        held.send_signal(signal.SIGCONT)
        assert held.communicate(timeout=30)[0] == b"went on\n"
