"""Retention: removes what the dated rules no longer keep, and records what went, by kind and rule.

Three things are never removed, because a mart, a rerun of the last night or the conservation gate needs them: what is
kept by night, of the last night and of any later one (the last night is the newest received, or the published one where
that is older); accepted and held rows, from which history and holds are built; the published files that readers get.

First the plan is written, then its files go, then lake/removals says so, then the plan goes. A death in between leaves
the plan: the next run ends it first and counts it once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from include.clocks import known_at
from include.duck import connect
from include.files import write_aside, write_parquet
from include.home import Home
from include.intake import deletions
from include.intake.ahead import refuse_ahead
from include.kill_points import reach
from include.result import Result
from include.settings import Settings
from include.upkeep.retention_rules import RetentionRule, read_rules, rule_of
from include.warehouse import versions
from include.watch.state import alert_book

ALERTS = "alerts"


@dataclass(frozen=True)
class Item:
    """One file that a rule no longer keeps."""

    what: str
    rule: str
    path: str
    """Below the home."""
    size: int
    """Bytes."""


def retention(home: Home, settings: Settings, night: date, looked_at: datetime, dry_run: bool = False) -> Result:
    """Remove what the rules in force on `night` no longer keep; with `dry_run` only count it.

    Ages are counted to `night`: one that lies ahead of `looked_at`, the caller's clock (Asia/Shanghai, without zone),
    is refused, for it would make everything old; a dry run may look ahead. The counts are of files by kind. Raises
    NightAhead, RetentionRulesBroken, OSError.
    """
    if not dry_run:
        refuse_ahead(night, looked_at)
    rules = read_rules(settings.retention_rules)
    due = sorted(candidates(home, rules, night), key=lambda item: item.path)
    if dry_run:
        return _result(night, due, "nothing was removed: a dry run")
    finished = _finish_plan(home, settings, due)
    due = sorted(candidates(home, rules, night), key=lambda item: item.path)
    run = _next_run(home, night)
    if due or run == 1:
        _write_plan(home, night, run, due)
        finished += _finish_plan(home, settings, due)
    _forget_alerts(home, rules, night)
    open_ = sum(not one.done for one in deletions.registered(home))
    notes = [f"{open_} deletion(s) of persons are not finished: run targeted person finish"] if open_ else []
    return _result(night, finished, *notes)


def candidates(home: Home, rules: list[RetentionRule], night: date) -> Iterator[Item]:
    """Everything that the rules in force on `night` no longer keep."""
    floor = _last_night(home)
    if floor:
        for what, path, of, place in _by_night(home):
            rule = rule_of(rules, what, night, place)
            if rule and rule.keep is not None and of < floor and (night - of).days > rule.keep:
                yield _item(home, what, rule, path)
    for what, folder in (
        ("gx", home.gx),
        ("tmp", home.tmp),
        ("whatif", home.whatif),
        ("airflow_logs", home.airflow / "logs"),
    ):
        rule = rule_of(rules, what, night)
        if rule and rule.keep is not None:
            before = (known_at(night) - timedelta(days=rule.keep)).timestamp()
            for path in _files(folder):
                if path.stat().st_mtime < before:
                    yield _item(home, what, rule, path)
    rule = rule_of(rules, "published", night)
    if rule and rule.keep is not None:
        for kind in versions.EVERY_KIND:
            for version in versions.surplus(home, kind, rule.keep):
                path = home.published / version.file_name
                for file in _files(path) if path.is_dir() else (path,):
                    yield _item(home, "published", rule, file)


def _last_night(home: Home) -> date | None:
    """The night from which on nothing is removed; None when there is none yet, and then nothing is removed by night."""
    nights = [_night(path.parent.name) for path in home.lake.glob("attempts/night=*/*.parquet")]
    served = versions.current(home, "marts")
    newest = max((night for night in nights if night), default=None)
    return min(newest, served.night) if newest and served else newest


def _by_night(home: Home) -> Iterator[tuple[str, Path, date, str | None]]:
    """Kind, file, night and submitter (None: of several) of everything that lies under a night."""
    rooms: list[tuple[str, Iterable[Path], Callable[[Path], str], Callable[[Path], str | None]]] = [
        ("landing", home.landing.glob("night=*/*.age"), lambda p: p.parent.name, lambda p: p.name.split("-")[0]),
        ("letters", home.outbox.glob("*/*-*-*/*"), lambda p: p.parent.name, lambda p: p.parent.parent.name),
    ]
    rooms.append(("lineage", home.lineage.glob("night=*.jsonl"), lambda p: p.stem, lambda _: None))
    for what, kind in (("receipts", "receipts"), (ALERTS, "alert_history")):
        files = home.lake.glob(f"{kind}/night=*/*.parquet")
        rooms.append((what, files, lambda p: p.parent.name, lambda _: None))
    for kind in ("read", "met", "rejected"):
        files = home.lake.glob(f"{kind}/*/night=*/*.parquet")
        rooms.append((f"lake_{kind}", files, lambda p: p.parent.name, lambda _: None))
    for what, paths, folder, submitter in rooms:
        for path in paths:
            if (of := _night(folder(path))) and path.is_file():
                yield what, path, of, submitter(path)


def _night(folder: str) -> date | None:
    try:
        return date.fromisoformat(folder.removeprefix("night="))
    except ValueError:
        return None


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _item(home: Home, what: str, rule: RetentionRule, path: Path) -> Item:
    return Item(what, rule.rule_id, path.relative_to(home.root).as_posix(), path.stat().st_size)


def _next_run(home: Home, night: date) -> int:
    return 1 + len(list(home.lake_file("removals", night, "run-1").parent.glob("run-*.parquet")))


def _write_plan(home: Home, night: date, run: int, due: list[Item]) -> None:
    plan = {"night": f"{night:%Y-%m-%d}", "run": run, "items": [asdict(item) for item in due]}
    with write_aside(home.retention_plan) as aside:
        aside.write_text(json.dumps(plan, indent=1) + "\n", encoding="utf-8")


def _finish_plan(home: Home, settings: Settings, due: list[Item]) -> list[Item]:
    """Remove what the plan names and is still due, record what of it is gone, and remove the plan."""
    if not home.retention_plan.exists():
        return []
    plan = json.loads(home.retention_plan.read_text(encoding="utf-8"))
    planned = [Item(**item) for item in plan["items"]]
    still_due = {item.path for item in due}
    for item in planned:
        path = home.root / item.path
        if item.path in still_due and path.exists():
            reach("retention", "before")
            path.unlink()
            reach("retention", "after")
        _remove_empty(path.parent, home)  # also where a run before this one died with the last file
    gone = [item for item in planned if not (home.root / item.path).exists()]
    _record(home, settings, date.fromisoformat(plan["night"]), plan["run"], gone)
    home.retention_plan.unlink()
    return gone


def _remove_empty(folder: Path, home: Home) -> None:
    """Remove a folder of a night or version in which nothing lies any more; the rooms of the home stay."""
    if folder.is_dir() and folder.parent != home.root and not any(folder.iterdir()):
        folder.rmdir()


def _record(home: Home, settings: Settings, night: date, run: int, gone: list[Item]) -> None:
    """lake/removals: one row for each kind and rule by which something went; no row when nothing did."""
    totals: dict[tuple[str, str], list[int]] = {}
    for item in gone:
        total = totals.setdefault((item.what, item.rule), [0, 0])
        total[0] += 1
        total[1] += item.size
    with connect(settings) as connection:
        connection.execute(
            """create temp table removals (night date, run integer, what varchar, rule varchar, files bigint,
                bytes bigint)"""
        )
        for (what, rule), (files, size) in totals.items():
            connection.execute("insert into removals values (?, ?, ?, ?, ?, ?)", [night, run, what, rule, files, size])
        path = home.lake_file("removals", night, f"run-{run}")
        write_parquet(connection, "select * from removals order by what, rule", path)


def _forget_alerts(home: Home, rules: list[RetentionRule], night: date) -> None:
    """Forget resolved alerts and heartbeats of nights no longer kept: entries of one small file, and not counted."""
    rule = rule_of(rules, ALERTS, night)
    if rule is None or rule.keep is None or not home.alerts.exists():
        return
    with alert_book(home) as book:
        oldest = night - timedelta(days=rule.keep)
        book.alerts = [alert for alert in book.alerts if alert.state == "open" or alert.last_seen >= oldest]
        book.heartbeats = {seen: text for seen, text in book.heartbeats.items() if date.fromisoformat(seen) >= oldest}


def _result(night: date, items: list[Item], *notes: str) -> Result:
    counts: dict[str, int] = {}
    for item in items:
        counts[item.what] = counts.get(item.what, 0) + 1
    size = sum(item.size for item in items)
    return Result("retention", night, counts=counts | {"files": len(items), "bytes": size}, notes=tuple(notes))
