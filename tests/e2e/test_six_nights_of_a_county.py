"""Six nights of one county: late, wrong, corrected, superseded, explained, withdrawn; ledger, findings and letters."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include import night as steps
from include.contract import contracts
from include.home import Home
from include.settings import Settings
from tests.unit.intake_world import BATCH, World, csv_bytes
from tests.unit.lake_rows import COUNTY, NIGHT, Rows, clean

DAY = timedelta(days=1)
MEMBERS, LAND = "members-declared-differ", "arable-land-beyond-bound"


class County:
    """One county's inbox and outbox, night after night."""

    def __init__(self, root: Path) -> None:
        self.world = World(root)
        self.home: Home = self.world.home
        self.settings: Settings = self.world.settings
        (self.home.inbox / COUNTY).mkdir(parents=True)

    def send(self, package: str, rows: Rows | None, as_of: date, **manifest: Any) -> None:
        """Put a package into the inbox; without rows a manifest alone."""
        files, counted = {}, {}
        for dataset, items in (rows or {}).items():
            names = [column.name for column in contracts()[dataset].columns]
            sent = [name for name in names if any(name in item for item in items)]
            files[f"{dataset}.csv"] = csv_bytes([sent, *([item.get(name, "") for name in sent] for item in items)])
            counted[f"{dataset}.csv"] = len(items)
        self.world.send(files, package=package, rows=counted, manifest={"as_of": f"{as_of:%Y-%m-%d}"} | manifest)

    def play(self, night: date) -> None:
        """The night's steps that lead to a letter; the gate of submissions stands on every night with a package."""
        steps.receive(self.home, self.settings, night, BATCH)
        steps.meet(self.home, self.settings, night)
        steps.check(self.home, self.settings, night, BATCH)
        steps.judge(self.home, self.settings, night, BATCH)
        if night > NIGHT:
            steps.gate(self.home, self.settings, "submissions", night)
        for layer in ("seeds", "quality"):
            steps.build(self.home, self.settings, layer, night)
        steps.publish_quality(self.home, self.settings, night)
        steps.letters(self.home, self.settings, night, BATCH)

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        """What the published quality file answers."""
        with duckdb.connect(str(self.home.published / "quality.duckdb"), read_only=True) as quality:
            return quality.execute(query).fetchall()

    def ledger(self) -> dict[int, str]:
        """State of each attempt by its number."""
        return dict(self.asked("select number, state from quality.attempts"))

    def findings(self) -> dict[str, str]:
        """State of the findings of the two rules that this county breaks."""
        return dict(self.asked(f"select rule, state from quality.findings where rule in ('{MEMBERS}', '{LAND}')"))

    def held(self) -> list[tuple[Any, ...]]:
        return self.asked("select household_key from quality.held_households order by all")

    def letter(self, night: date) -> str:
        """The night's letter without tags."""
        page = (self.home.letters(COUNTY, night) / "letter.html").read_text(encoding="utf-8")
        return " ".join(re.sub(r"(?s)<style>.*?</style>|<[^>]+>", " ", page).split())

    def finding_id(self, night: date, rule: str) -> str:
        """The number of a finding, as a clerk copies it from the last column of findings.csv."""
        with (self.home.letters(COUNTY, night) / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
            (row,) = [row for row in csv.reader(file) if rule in row]
        return row[-1]


def county_rows(members: str = "2", land: str = "900", cause: str = "07") -> Rows:
    """The county's whole state: H1 with its declared members, H3 with its land, H2 with its cause."""
    rows = clean()
    del rows["cross_checks"]
    first, second, third = rows["households"]
    first["members_declared"], second["main_cause"], third["arable_land"] = members, cause, land
    return rows


@pytest.mark.long
def test_six_nights_of_one_county(tmp_path: Path) -> None:
    county = County(tmp_path)
    story = (
        first_night_late, second_night_wrong, third_night_corrected, fourth_night_superseded, fifth_night_explained,
        sixth_night_withdrawn,
    )  # fmt: skip
    for number, played in enumerate(story):
        played(county, NIGHT + number * DAY)


def first_night_late(county: County, night: date) -> None:
    """Late: nothing has come."""
    county.play(night)
    assert county.asked("select state from quality.reporting") == [("missing",)]
    assert county.ledger() == {}
    assert "Nothing arrived from you that night." in county.letter(night)


def second_night_wrong(county: County, night: date) -> None:
    """What was due comes a night late, and is wrong."""
    county.send("late", county_rows(members="3"), NIGHT)
    county.play(night)
    assert county.ledger() == {1: "partly_accepted"}
    assert county.findings() == {MEMBERS: "new", LAND: "new"}
    assert county.held() == [(f"{COUNTY}-H1",)]
    letter = county.letter(night)
    assert "are held until mended" in letter
    assert "1 of your households is held" in letter


def third_night_corrected(county: County, night: date) -> None:
    """Corrected: one finding is mended, the other stands."""
    county.send("corrected", county_rows(), night)
    county.play(night)
    assert county.ledger() == {1: "partly_accepted", 2: "accepted_with_queries"}
    assert county.findings() == {MEMBERS: "cleared", LAND: "standing"}
    assert county.held() == []
    letter = county.letter(night)
    assert "已消除的问题 Mended since" in letter
    assert "standing 1" in letter
    assert "put explanations.csv into your next package" in letter


def fourth_night_superseded(county: County, night: date) -> None:
    """An older file comes out of order, and the newer one of the same night supersedes it."""
    county.send("a-older", county_rows(members="3", land="5"), NIGHT)
    county.send("b-newer", county_rows(), night)
    county.play(night)
    assert county.ledger() == {
        1: "partly_accepted", 2: "accepted_with_queries", 3: "superseded", 4: "accepted_with_queries",
    }  # fmt: skip
    assert county.findings() == {MEMBERS: "cleared", LAND: "standing"}
    assert county.held() == [], "the older file's fault holds nobody: the newer one has spoken"
    assert "superseded by a later attempt" in county.letter(night)


def fifth_night_explained(county: County, night: date) -> None:
    """Explained, and beside it a package that was meant for somewhere else."""
    word = {"finding_id": county.finding_id(night - DAY, LAND), "explanation": "承包集体土地"}
    county.send("a-wrong", county_rows(cause="05"), night)
    county.send("b-words", {"explanations": [word]}, night, kind="changes")
    county.play(night)
    assert county.ledger()[5] == "accepted"
    assert county.ledger()[6] == "accepted"
    assert county.findings() == {MEMBERS: "cleared", LAND: "explained"}
    letter = county.letter(night)
    assert "已说明的问题 Explained by you" in letter
    assert causes(county, night) == {"H2": "05"}


def sixth_night_withdrawn(county: County, night: date) -> None:
    """Withdrawn: what stood before stands again."""
    county.send("withdrawal", None, night, withdraws=[5])
    county.play(night)
    assert county.ledger()[5] == "withdrawn"
    assert county.ledger()[7] == "accepted"
    assert causes(county, night) == {"H2": "07"}
    assert county.findings() == {MEMBERS: "cleared", LAND: "explained"}, "a word counts as long as the value stays"
    letter = county.letter(night)
    assert "Package no. 5 (2026-11-24) was withdrawn by your manifest" in letter
    assert "stand again as they were accepted before it" in letter


def causes(county: County, night: date) -> dict[str, str]:
    """Main cause of H2 as the lake has it after the night."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            """select household_id, main_cause from read_parquet(?, union_by_name = true, hive_partitioning = false)
            where household_id = 'H2' and night <= ?
            qualify row_number() over (order by as_of desc, known_at desc, number desc) = 1""",
            [county.home.lake_glob("accepted", "households"), night],
        ).fetchall()
    return dict(rows)
