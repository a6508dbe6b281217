"""Good but unusual nights: what happens in a real year and must stop nobody."""

from __future__ import annotations

import shutil
from datetime import timedelta
from decimal import Decimal

from include.contract import contract
from include.contract.model import normalise_header
from include.demo.rehearsal.packages import Package, Row, times
from include.demo.rehearsal.scenario import Ground, Scenario

_HOLIDAY = ("120000", "310000", "320000", "330000", "370000", "440000")
_CORRECTED = 100
_EXIT_INCOME = Decimal(6000)
"""Yuan a head above which the season's exits are."""


def _harvest(ground: Ground) -> None:
    ground.package("520204").edit("households", lambda rows: [times(row, "1.6") for row in rows])


def _flood(ground: Ground) -> None:
    def drowned(rows: list[Row]) -> list[Row]:
        return [times(row, "0.3") | {"housing_grade": "D"} if place % 3 else row for place, row in enumerate(rows)]

    ground.package("341524").edit("households", drowned)


def _exit_season(ground: Ground) -> None:
    """Every registered household of a county above the line exits by a decision of this week."""
    package, leaving = ground.package("632722"), set[str]()
    decided_on = f"{ground.night - timedelta(days=3):%Y-%m-%d}"

    def exited(rows: list[Row]) -> list[Row]:
        for row in rows:
            a_head = Decimal(row["net_income"].replace(",", "")) / max(int(row["members_declared"]), 1)
            if row["exit_flag"] == "0" and row["identification_standard"] == "1" and a_head > _EXIT_INCOME:
                leaving.add(row["household_id"])
                row |= {"exit_flag": "1", "exited_on": decided_on}
        return rows

    def decided(rows: list[Row]) -> list[Row]:
        acts = [
            {
                "decision_id": f"632722D9{number:07d}", "household_id": household, "act": "exit",
                "office_unit_id": rows[0]["office_unit_id"], "decided_on": decided_on,
                "reason": "stable_income_and_guarantees",
                "notice_on": f"{ground.night - timedelta(days=13):%Y-%m-%d}",
            }
            for number, household in enumerate(sorted(leaving))
        ]  # fmt: skip
        return [*rows, *acts]

    package.edit("households", exited)
    package.edit("decisions", decided)


def _old_code_too(ground: Ground) -> None:
    """Xunyang was 610928 until 2021: its old office sends the county once more, beside the new one."""
    target = ground.home.inbox / "610928" / f"{ground.night:%Y-%m-%d}"
    shutil.copytree(ground.package("610981").folder, target)
    Package(target).tell(submitter="610928", note="SYNTHETIC 模拟数据 610928")


def _all_again(ground: Ground) -> None:
    """Yesterday's package word for word, told for today."""
    package = ground.package("513437")
    shutil.rmtree(package.folder)
    yesterday = ground.country / f"{ground.night - timedelta(days=1):%Y-%m-%d}" / "513437"
    shutil.copytree(yesterday, package.folder)
    Package(package.folder).tell(as_of=f"{ground.night:%Y-%m-%d}")


def _corrected(ground: Ground) -> None:
    """A second package of the evening corrects a hundred surveys of the first."""
    package = ground.package("622921")
    second = package.folder.with_name(f"{package.folder.name}-2")
    shutil.copytree(package.folder, second)
    Package(second).edit(
        "households", lambda rows: [row | {"housing_area": "88.00"} for row in rows[:_CORRECTED]] + rows[_CORRECTED:]
    )


def _nothing_due(ground: Ground) -> None:
    package = ground.package("360881")
    for entry in package.manifest["files"]:
        (package.folder / entry["path"]).unlink()
    package.tell(files=[], nothing_due=True, kind="full")


def _late_package(ground: Ground) -> None:
    ground.package("220821").tell(as_of=f"{ground.night - timedelta(days=2):%Y-%m-%d}")


def _new_software(ground: Ground) -> None:
    """Another program writes the same rows: English headers in another order, UTF-8, quotes around everything."""
    package = ground.package("540581")
    for entry in package.manifest["files"]:
        path, names = package.folder / entry["path"], contract(entry["dataset"]).headers

        def english(text: str, names: dict[str, str] = names) -> str:
            head, _, rest = text.partition("\n")
            line = ",".join(names.get(normalise_header(name), name) for name in head.strip("\r").split(","))
            return f"{line}\n{rest}"

        content = path.read_bytes()
        text = content.decode("utf-8-sig") if content.startswith(b"\xef\xbb\xbf") else content.decode("gb18030")
        path.write_text(english(text), encoding="utf-8", newline="")
    package.reseal()


def _helpers_change(ground: Ground) -> None:
    """Every household of a county gets the next helper: an office was reorganised."""

    def rotated(rows: list[Row]) -> list[Row]:
        staff = [row["staff_id"] for row in rows]
        return [row | {"staff_id": following} for row, following in zip(rows, staff[1:] + staff[:1], strict=True)]

    ground.package("500241").edit("assignments", rotated)


def _campaign(ground: Ground) -> None:
    """Every visit of the year is followed by another one this week."""

    def more(rows: list[Row]) -> list[Row]:
        again = [
            row | {"visit_id": f"653221V9{number:08d}", "visited_on": f"{ground.night:%Y-%m-%d}"}
            for number, row in enumerate(rows)
        ]
        return [*rows, *again]

    ground.package("653221").edit("visits", more)


def _holiday(ground: Ground) -> None:
    for office in _HOLIDAY:
        shutil.rmtree(ground.home.inbox / office / f"{ground.night:%Y-%m-%d}")


_GOOD = "good and unusual"

GOOD = tuple(
    Scenario(name, what, happens, together=_GOOD, places=places)
    for name, what, happens, places in (
        ("harvest", "A good harvest: every income of a county is 1.6 times what it was", _harvest, ("520204",)),
        ("flood", "A flood: two of three households lose 70 % of their income, their houses are unsafe", _flood,
         ("341524",)),
        ("exit-season", "An exit season: all registered households of a county above the line exit by decision",
         _exit_season, ("632722",)),
        ("change-of-code", "A county that was merged into a city sends under its old code and the new one on one night",
         _old_code_too, ("610981",)),
        ("all-again", "A county sends yesterday's whole package again, told for today", _all_again, ("513437",)),
        ("corrected", "A second package of the evening corrects a hundred households of the first", _corrected,
         ("622921",)),
        ("nothing-due", "A county says that nothing is due", _nothing_due, ("360881",)),
        ("late-package", "A package that speaks for two days ago comes tonight", _late_package, ("220821",)),
        ("new-software", "A county's new program writes English headers and UTF-8", _new_software, ("540581",)),
        ("helpers-change", "An office is reorganised: every household of a county has another helper", _helpers_change,
         ("500241",)),
        ("campaign", "A campaign: twice as many visits in a county as ever before", _campaign, ("653221",)),
        ("holiday", "Six provinces' offices are closed for a holiday and send nothing", _holiday, _HOLIDAY),
    )
)  # fmt: skip
