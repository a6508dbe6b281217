"""Options that several commands take, so that each is read and refused in one way."""

from __future__ import annotations

from datetime import date
from typing import Any

import typer

from include.clocks import as_day


def read_day(text: str) -> date:
    """The day that a text names; raises typer.BadParameter, which says what, why and how to mend it."""
    day = as_day(str(text))  # a default is a date already
    if day is None:
        raise typer.BadParameter(
            f"{text!r} 不是日历上的一天，而一夜以其日期（上海时间）为名：请写成 YYYY-MM-DD，如 2026-11-20 / "
            f"{text!r} is no day of the calendar, and a night is named by its day in Asia/Shanghai: "
            "write it as YYYY-MM-DD, such as 2026-11-20"
        )
    return day


def day_option(help_: str) -> Any:
    """An option whose value is a night or another day."""
    return typer.Option(parser=read_day, metavar="YYYY-MM-DD", help=help_)
