"""Retention: what the rules no longer keep goes, what a night or a reader needs never does, and a death counts once."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import signal
from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from include import kill_points
from include.cli import app
from include.home import Home
from include.intake.ahead import NightAhead
from include.settings import Settings
from include.upkeep.retention import retention
from include.upkeep.retention_rules import RetentionRulesBroken, read_rules, rule_of
from include.warehouse import versions
from include.warehouse.sources import tables

NIGHT = date(2026, 11, 20)
NOON = datetime.combine(NIGHT, time(12))
RULES = """rule_id,what,jurisdiction,valid_from,valid_to,keep,unit,basis,source,note
landing_short,landing,CN,,2026-06-30,1,days,b,s,
landing,landing,CN,2026-07-01,,100,days,b,s,
landing_51,landing,51,,,300,days,b,s,
landing_5134,landing,5134,,,,days,b,s,
read,lake_read,CN,,,50,days,b,s,
read_51,lake_read,51,,,60,days,b,s,
accepted,lake_accepted,CN,,,,days,b,s,
letters,letters,CN,,,0,days,b,s,
published,published,CN,,,2,versions,b,s,
alerts,alerts,CN,,,30,days,b,s,
tmp,tmp,CN,,,2,days,b,s,
"""


def on(days: int) -> date:
    return NIGHT - timedelta(days=days)


def put(path: Path, data: bytes = b"12345") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    put(tmp_path / "rules.csv", RULES.encode())
    for days in (0, 1, 55, 70, 150, 400):
        put(made.lake_file("attempts", on(days), "0-of-1"))
        put(made.lake_file("read", on(days), "0-of-1", "persons"))
        put(made.lake_file("accepted", on(days), "0-of-1", "persons"))
        put(made.lake_file("rejected", on(days), "0-of-1", "persons"))
        for county in ("653121", "511111", "513431"):
            put(made.landing_file(on(days), f"{county}-00001"))
        put(made.letters("653121", on(days)) / "letter.html")
    for kind in versions.KINDS:
        for days in (3, 2, 1, 0):
            put(made.published / f"{kind}-{on(days)}-1.duckdb")
        versions.point(made, versions.Version(on(3 if kind == "quality" else 0), 1, kind))
    for days in (3, 2, 1, 0):
        put(made.published / f"open-{on(days)}-1" / "zones.parquet")
    versions.point(made, versions.Version(on(0), 1, "open"))
    told = [
        {"subject": "gate:marts", "nights": [str(on(200)), str(on(days))], "signs": [], "state": state}
        for days, state in ((90, "open"), (90, "resolved"), (3, "resolved"))
    ]
    book = {"alerts": told, "due": [], "heartbeats": {str(on(days)): "text" for days in (90, 3)}}
    put(made.alerts, json.dumps(book).encode())
    for name, day in (("old", on(20)), ("new", NIGHT)):
        path = put(made.tmp / "duckdb" / name)
        seconds = (day - date(1970, 1, 1)).days * 86_400
        os.utime(path, (seconds, seconds))
    return made


def settings_of(home: Home) -> Settings:
    return Settings(home=home.root, threads=1, retention_rules=home.root.parent / "rules.csv")


def there(home: Home) -> set[str]:
    return {path.relative_to(home.root).as_posix() for path in home.root.rglob("*") if path.is_file()}


def recorded(home: Home, run: int = 1) -> list[tuple[object, ...]]:
    path = home.lake_file("removals", NIGHT, f"run-{run}")
    with duckdb.connect() as connection:
        return connection.execute("select * from read_parquet(?)", [str(path)]).fetchall()


EXPECTED = {
    *(f"landing/night={on(days)}/653121-00001.zip.age" for days in (150, 400)),
    f"landing/night={on(400)}/511111-00001.zip.age",
    *(f"lake/read/persons/night={on(days)}/0-of-1.parquet" for days in (70, 150, 400)),
    *(f"outbox/653121/{on(days)}/letter.html" for days in (1, 55, 70, 150, 400)),
    *(f"published/{kind}-{on(days)}-1.duckdb" for kind in ("marts", "marts_open") for days in (2, 3)),
    f"published/quality-{on(2)}-1.duckdb",
    *(f"published/open-{on(days)}-1/zones.parquet" for days in (2, 3)),
    "tmp/duckdb/old",
}


def test_what_goes_is_what_the_rules_of_each_jurisdiction_say_and_it_is_recorded(home: Home) -> None:
    before = there(home)
    result = retention(home, settings_of(home), NIGHT, NOON)
    after = there(home)
    assert before - after == EXPECTED
    assert after - before == {f"lake/removals/night={NIGHT}/run-1.parquet", "watch/.alerts.lock"}
    assert recorded(home) == [
        (NIGHT, 1, "lake_read", "read_51", 3, 15),
        (NIGHT, 1, "landing", "landing", 2, 10),
        (NIGHT, 1, "landing", "landing_51", 1, 5),
        (NIGHT, 1, "letters", "letters", 5, 25),
        (NIGHT, 1, "published", "published", 7, 35),
        (NIGHT, 1, "tmp", "tmp", 1, 5),
    ]
    assert result.counts == {
        "landing": 3, "lake_read": 3, "letters": 5, "published": 7, "tmp": 1, "files": 19, "bytes": 95,
    }  # fmt: skip
    book = json.loads(home.alerts.read_text())
    assert list(book["heartbeats"]) == [str(on(3))]
    kept = [(alert["nights"][-1], alert["state"]) for alert in book["alerts"]]
    assert kept == [(str(on(90)), "open"), (str(on(3)), "resolved")]
    assert not home.lake_file("read", on(400), "x", "persons").parent.exists(), "an empty night goes too"
    assert sorted(path.name for path in home.published.glob("open*")) == ["open", f"open-{on(1)}-1", f"open-{NIGHT}-1"]


def test_a_second_run_finds_nothing_and_a_dry_run_removes_nothing(home: Home) -> None:
    before = there(home)
    told = retention(home, settings_of(home), NIGHT, NOON, dry_run=True)
    assert there(home) == before
    assert told.counts == retention(home, settings_of(home), NIGHT, NOON).counts
    after = there(home)
    assert retention(home, settings_of(home), NIGHT, NOON).counts == {"files": 0, "bytes": 0}
    assert there(home) == after


def test_a_night_ahead_of_the_clock_is_refused_and_removes_nothing(home: Home) -> None:
    """A date that was mistyped: by a night thirty years on, the whole archive would be too old."""
    before = there(home)
    for night in (NIGHT.replace(year=2056), NIGHT + timedelta(days=2)):
        with pytest.raises(NightAhead, match=rf"{night} 尚未到来.*{night} has not come: it is 2026-11-20 12:00"):
            retention(home, settings_of(home), night, NOON)
    assert there(home) == before
    assert retention(home, settings_of(home), NIGHT.replace(year=2056), NOON, dry_run=True).counts["landing"] > 3
    assert there(home) == before


def test_the_command_refuses_a_date_in_the_far_future_in_both_languages(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGETED_HOME", str(home.root))
    before = there(home)
    ran = CliRunner().invoke(app, ["retention", "--night", "2926-11-20"])
    assert ran.exit_code == 1
    assert "2926-11-20 尚未到来" in ran.stderr and "2926-11-20 has not come" in ran.stderr
    assert before <= there(home)


def test_the_last_night_and_what_readers_get_stay_whatever_the_rules_say(home: Home) -> None:
    text = RULES.splitlines()
    nothing_kept = [",".join([*line.split(",")[:5], "0", *line.split(",")[6:]]) for line in text[1:]]
    put(home.root.parent / "rules.csv", "\n".join([text[0], *nothing_kept, ""]).encode())
    versions.point(home, versions.Version(on(1), 1, "marts"))  # readers still get the night before
    retention(home, settings_of(home), NIGHT, NOON)
    left = there(home)
    for days in (0, 1):
        assert f"lake/read/persons/night={on(days)}/0-of-1.parquet" in left
        assert f"landing/night={on(days)}/513431-00001.zip.age" in left
        assert f"outbox/653121/{on(days)}/letter.html" in left
    accepted = {f"lake/accepted/persons/night={on(days)}/0-of-1.parquet" for days in (0, 1, 55, 70, 150, 400)}
    assert accepted <= left, "history is built from accepted rows: no rule reaches them"
    assert all(versions.link(home, kind).exists() for kind in versions.EVERY_KIND)


def test_a_rule_holds_from_its_first_to_its_last_day(home: Home) -> None:
    rules = read_rules(home.root.parent / "rules.csv")
    by_day = {day: rule_of(rules, "landing", day, "653121") for day in (date(2026, 6, 30), date(2026, 7, 1))}
    assert [rule.rule_id for rule in by_day.values() if rule] == ["landing_short", "landing"]
    assert rule_of(rules, "landing", NIGHT, "513431") == next(rule for rule in rules if rule.rule_id == "landing_5134")
    assert rule_of(rules, "board", NIGHT) is None


@pytest.mark.parametrize("row", ["x,tmp,CN,,,many,days,b,s,", "x,tmp,CN,,,3,weeks,b,s,", "x,tmp,CN,2026,,3,days,b,s,"])
def test_a_row_that_cannot_be_read_stops_it_before_anything_goes(row: str, home: Home) -> None:
    put(home.root.parent / "rules.csv", (RULES + row + "\n").encode())
    before = there(home)
    with pytest.raises(RetentionRulesBroken, match="line 13"):
        retention(home, settings_of(home), NIGHT, NOON)
    assert there(home) == before


def test_the_projects_own_rules_cover_every_kind_once_and_say_why() -> None:
    path = Settings().retention_rules
    rules = read_rules(path)
    kinds = {rule.what for rule in rules}
    assert kinds >= {
        "landing", "lake_read", "lake_met", "lake_held", "lake_rejected", "lake_accepted", "letters", "board",
        "lineage", "published", "gx", "tmp", "whatif", "alerts", "airflow_logs",
    }  # fmt: skip
    for kind in kinds:
        assert sum(rule.in_force(NIGHT) and rule.jurisdiction == "CN" for rule in rules if rule.what == kind) == 1, kind
    with path.open(encoding="utf-8", newline="") as file:
        assert all(row["basis"] and row["note"] for row in csv.DictReader(file))


def test_no_model_reads_a_kind_of_the_lake_that_goes_by_age() -> None:
    kept_by_age = {rule.what for rule in read_rules(Settings().retention_rules) if rule.keep is not None}
    assert {"lake_read", "lake_met", "lake_rejected"} <= kept_by_age
    assert not kept_by_age & {f"lake_{table.kind}" for table in tables()}


def _retain(root: Path, point: str | None) -> None:
    if point:
        os.environ[kill_points.SETTING] = point
    retention(Home(root), settings_of(Home(root)), NIGHT, NOON)


@pytest.mark.parametrize("what", ["retention-plan", "retention", "removals"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_ends_as_if_nobody_had_died_and_counts_each_file_once(what: str, when: str, home: Home) -> None:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([__name__])
    before = there(home)
    for point in (f"{what}:{when}", None):
        process = server.Process(target=_retain, args=(home.root, point))
        process.start()
        process.join()
        assert process.exitcode == (-signal.SIGKILL if point else 0)
    assert before - there(home) == EXPECTED
    assert sum(int(str(row[4])) for row in recorded(home)) == len(EXPECTED)
    assert not home.lake_file("removals", NIGHT, "run-2").exists()
    assert not home.retention_plan.exists()


def test_a_death_with_the_last_file_of_a_folder_leaves_no_empty_folder(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home.published / f"open-{on(3)}-1"

    class DeathError(Exception):
        pass

    def die_with_the_last(_what: str, when: str) -> None:
        if when == "after" and not any(folder.iterdir()):
            raise DeathError

    with monkeypatch.context() as dying:
        dying.setattr("include.upkeep.retention.reach", die_with_the_last)
        with pytest.raises(DeathError):
            retention(home, settings_of(home), NIGHT, NOON)
    assert folder.is_dir()
    retention(home, settings_of(home), NIGHT, NOON)
    assert not folder.exists()
