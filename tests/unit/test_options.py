"""What several commands take is read and refused in one way."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from include.cli import app
from include.options import read_day

BY_DAY = {
    ("night run", "--night"): "",
    ("retention", "--night"): "",
    ("person delete", "--night"): "--decision d --authority a --reason r",
    ("person finish", "--night"): "",
    ("check", "--night"): "package",
    ("country make", "--first-night"): "--out out",
    ("score explain", "--as-of"): "--place 51 --indicator county",
    ("score explain", "--known-at"): "--place 51 --indicator county --as-of 2026-11-20",
    ("match weights", "--night"): "",
}
"""Every option whose value is a day, by its command, with what else the command asks for."""


def options(command: Any, path: str = "") -> set[tuple[str, str]]:
    """The options of a command, or of the commands below it, that say they read a day."""
    if below := getattr(command, "commands", None):
        return {found for name, one in below.items() for found in options(one, f"{path} {name}".strip())}
    return {(path, option.opts[0]) for option in command.params if "YYYY-MM-DD" in f"{option.metavar} {option.help}"}


def test_no_option_of_a_day_is_left_out_here() -> None:
    assert options(typer.main.get_command(app)) == set(BY_DAY)


@pytest.mark.parametrize(("command", "option"), sorted(BY_DAY))
@pytest.mark.parametrize("text", ["2026-11-31", "20-November"])
def test_what_is_no_day_is_refused_in_both_languages_with_how_to_mend_it(command: str, option: str, text: str) -> None:
    line = f"{command} {BY_DAY[command, option]} {option} {text}"
    refused = CliRunner().invoke(app, line.split())
    assert refused.exit_code == 2
    told = re.sub(r"[\s│]+", "", refused.output)  # whatever the terminal's width
    for part in (
        f"'{text}'不是日历上的一天", "请写成YYYY-MM-DD，如2026-11-20",
        f"'{text}'isnodayofthecalendar", "writeitasYYYY-MM-DD,suchas2026-11-20",
    ):  # fmt: skip
        assert part in told


def test_a_day_is_read() -> None:
    assert read_day("2026-11-20") == date(2026, 11, 20)
