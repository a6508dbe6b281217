"""Receive may die anywhere: nothing is lost, nothing is taken twice, and the same bytes come out."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date
from pathlib import Path

import pytest

from include.clocks import known_at
from include.home import batch_names, batch_of
from include.intake import landing, ledger
from include.intake import receive as receive_module
from include.intake.ledger import OtherBatches
from include.intake.receive import receive
from include.settings import Settings
from tests.unit.intake_world import BATCH, NIGHT, World, csv_bytes, zip_bytes

NEXT = date(2026, 11, 21)
SAME = "package-sent-before"


def households(count: int) -> bytes:
    rows = [["户编号", "行政村代码"], *([f"H{n}", f"5134311002{n:02d}"] for n in range(count))]
    return csv_bytes(rows, "gb18030")


def persons(count: int) -> bytes:
    rows = [["户编号", "成员序号", "证件号码"], *([f"H{n}", "1", "11010519491231002X"] for n in range(count))]
    return csv_bytes(rows)


def fill(world: World) -> None:
    world.send(
        {"households.csv": households(30), "persons.csv": persons(30)}, rows={"households.csv": 30, "persons.csv": 30}
    )
    world.send({"households.csv": households(3)}, package="p2", rows={"households.csv": 3}, zipped=True)
    world.send({"households.csv": households(5)}, submitter="620102", rows={"households.csv": 4})
    world.send(submitter="620102", package="broken", drop=["manifest.json"])


def lake_bytes(world: World) -> dict[str, str]:
    return {
        path.relative_to(world.home.lake).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(world.home.lake.rglob("*"))
        if path.is_file()
    }


def with_key_of(world: World, other: World) -> World:
    """Two homes give the same bytes only with the same secret."""
    world.home.keys.mkdir(parents=True)
    for file in other.home.keys.glob("*[a-z]"):
        shutil.copy(file, world.home.keys / file.name)
    return world


@pytest.fixture
def undisturbed(tmp_path: Path) -> World:
    world = World(tmp_path / "undisturbed")
    fill(world)
    world.receive()
    return world


def test_the_same_inbox_gives_the_same_bytes(undisturbed: World, tmp_path: Path) -> None:
    other = with_key_of(World(tmp_path / "other"), undisturbed)
    fill(other)
    other.receive()
    assert lake_bytes(other) == lake_bytes(undisturbed)
    assert len(lake_bytes(other)) > 20


def test_a_rerun_changes_nothing_and_takes_nothing(undisturbed: World) -> None:
    before = lake_bytes(undisturbed)
    result = undisturbed.receive()
    assert lake_bytes(undisturbed) == before
    assert result.counts == {"attempts": 4, "removed from inbox": 0}


def test_what_comes_after_the_close_waits_for_the_next_night(undisturbed: World) -> None:
    late = undisturbed.send({"households.csv": households(7)}, package="late", rows={"households.csv": 7})
    before = lake_bytes(undisturbed)
    undisturbed.receive()
    assert lake_bytes(undisturbed) == before
    assert late.exists()
    undisturbed.receive(NEXT)
    assert undisturbed.lake("attempts", columns="attempt_id, number, package", night=NEXT) == [
        ("513431-00003", 3, "late")
    ]
    assert not late.exists()


def test_the_same_package_sent_again_under_its_name_is_only_cleared_away(undisturbed: World) -> None:
    fill(undisturbed)
    before = lake_bytes(undisturbed)
    assert undisturbed.receive().counts["removed from inbox"] == 4
    assert lake_bytes(undisturbed) == before


class Death(Exception):
    """The machine stops here."""


STEPS = [
    (landing, "archive"),
    (receive_module, "prepare"),
    (receive_module, "read_dataset"),
    (receive_module, "write_parquet"),
    (ledger, "write_files"),
    (ledger, "write_accounts"),
    (ledger, "write_attempts"),
    (landing, "remove_received"),
    (landing, "_remove"),
]


@pytest.mark.parametrize("calls", [1, 3])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
def test_a_death_anywhere_loses_nothing(
    undisturbed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: tuple[object, str], calls: int
) -> None:
    world = with_key_of(World(tmp_path / "dying"), undisturbed)
    fill(world)
    module, name = step
    whole = getattr(module, name)
    left = calls

    def dying(*args: object, **kwargs: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            raise Death
        return whole(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(module, name, dying)
        try:
            world.receive()
        except Death:
            pass
        else:
            assert left > 0, "the step was reached and did not die"
    world.receive()

    assert lake_bytes(world) == lake_bytes(undisturbed)
    kept = sorted(p.name for p in world.home.landing.rglob("*.age"))
    assert kept == ["513431-00001.zip.age", "513431-00002.zip.age", "620102-00001.zip.age", "620102-00002.zip.age"]
    assert sorted(p.name for p in world.home.inbox.iterdir()) == ["513431", "620102"]
    assert not any(any(account.iterdir()) for account in world.home.inbox.iterdir())
    assert not list(world.home.root.rglob("*.part"))


def test_a_death_halfway_through_a_deletion_leaves_no_half_package(
    undisturbed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(undisturbed)

    def half(path: Path) -> None:
        (path / "manifest.json").unlink()
        raise Death

    with monkeypatch.context() as patched, pytest.raises(Death):
        patched.setattr(landing.shutil, "rmtree", half)
        undisturbed.receive()
    assert undisturbed.receive(NEXT).counts["attempts"] == 3  # the three that were not yet cleared away
    assert [row[0] for row in undisturbed.lake("attempts", columns="package", night=NEXT)] == ["p2.zip", "broken", "p1"]


def test_a_package_replaced_behind_our_back_is_not_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    path = world.send({"households.csv": households(2)}, rows={"households.csv": 2}, zipped=True)
    newer = zip_bytes({"manifest.json": b"{}", "households.csv": households(9)})
    whole = ledger.write_attempts

    def replaced(*args: object, **kwargs: object) -> None:
        whole(*args, **kwargs)  # type: ignore[arg-type]
        path.write_bytes(newer)

    monkeypatch.setattr(ledger, "write_attempts", replaced)
    assert world.receive().counts["removed from inbox"] == 0
    assert path.read_bytes() == newer


def test_without_its_archive_no_copy_is_deleted(undisturbed: World) -> None:
    fill(undisturbed)
    undisturbed.home.landing_file(NIGHT, "513431-00001").unlink()
    undisturbed.receive()
    left = sorted(p.name for account in undisturbed.home.inbox.iterdir() for p in account.iterdir())
    assert left == ["p1"]


def test_folder_and_zip_of_the_same_content_have_the_same_sha256(tmp_path: Path) -> None:
    world = World(tmp_path)
    content = {"households.csv": households(2)}
    world.send(content, package="a", rows={"households.csv": 2})
    world.send(content, package="b", rows={"households.csv": 2}, zipped=True)
    inner = {f"one/{name}": data for name, data in content.items()}
    folder = world.home.inbox / "513431" / "a"
    inner["one/manifest.json"] = (folder / "manifest.json").read_bytes()
    (world.home.inbox / "513431" / "c.zip").write_bytes(zip_bytes(inner))
    world.receive()
    rows = world.lake("attempts", columns="package, sha256, bytes, refusal")
    assert [row[0] for row in rows] == ["a", "b.zip", "c.zip"]
    assert len({row[1:] for row in rows}) == 1
    assert [row[0] for row in world.lake("read", "households", "attempt_id")] == [
        f"513431-0000{number}" for number in (1, 1, 2, 2, 3, 3)
    ]


def test_numbers_run_on_over_nights_and_batches_keep_apart(tmp_path: Path) -> None:
    world = World(tmp_path)
    settings = Settings(home=world.home.root, batches=3, threads=2)
    offices = ["110101", "320102", "513431", "520102", "620102"]
    for night in (NIGHT, NEXT):
        for office in offices:
            world.send(
                {"households.csv": households(2)}, submitter=office, package=f"{night}", rows={"households.csv": 2}
            )
        for batch in batch_names(3):
            receive(world.home, settings, night, batch, known_at(night))
            mine = [office for office in offices if batch_of(office, 3) == batch]
            import duckdb

            rows = duckdb.sql(
                f"select submitter, number from read_parquet('{world.home.lake_file('attempts', night, batch)}')"
            ).fetchall()
            assert rows == [(office, 1 if night == NIGHT else 2) for office in mine]


def test_a_recoded_countys_numbers_run_on_under_its_new_code(tmp_path: Path) -> None:
    world = World(tmp_path)
    for night, office in ((NIGHT, "610928"), (NEXT, "610981")):
        world.send({"households.csv": households(2)}, submitter=office, rows={"households.csv": 2})
        world.receive(night)
    columns = "attempt_id, county_id, number"
    assert world.lake("attempts", columns=columns) == [("610928-00001", "610928", 1)]
    assert world.lake("attempts", columns=columns, night=NEXT) == [("610981-00002", "610928", 2)]


def test_the_same_package_twice_is_an_attempt_of_its_own_and_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    for night, names in ((NIGHT, ("p1", "p2")), (NEXT, ("p3",))):
        for name in names:
            world.send({"households.csv": households(2)}, package=name, rows={"households.csv": 2})
        world.send({"households.csv": households(2)}, submitter="620102", package=names[0], drop=["manifest.json"])
        world.receive(night)
    columns = "attempt_id, detail"
    told = [
        [row[:2] for row in world.lake("findings_receive", columns=f"{columns}, rule", night=night) if row[2] == SAME]
        for night in (NIGHT, NEXT)
    ]
    assert told == [
        [("513431-00002", "attempt 513431-00001")],
        [("513431-00003", "attempt 513431-00002"), ("620102-00002", "attempt 620102-00001")],
    ]
    assert world.lake("attempts", columns="number, refusal", night=NEXT)[0] == (3, None)


def test_a_closed_office_owes_nothing_and_may_still_send(tmp_path: Path) -> None:
    world = World(tmp_path)
    for office in ("610928", "610981", "632856"):
        (world.home.inbox / office).mkdir(parents=True)
    world.send({"households.csv": households(2)}, submitter="632856", rows={"households.csv": 2})
    world.receive()
    assert world.lake("accounts", columns="submitter") == [("610981",), ("632856",)]


def test_a_night_keeps_the_number_of_batches_it_began_with(undisturbed: World) -> None:
    with pytest.raises(OtherBatches, match=BATCH):
        receive(undisturbed.home, undisturbed.settings, NIGHT, "0-of-2", known_at(NIGHT))


def test_hidden_and_unfinished_uploads_are_left_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.send({"households.csv": households(2)}, rows={"households.csv": 2})
    account = world.home.inbox / "513431"
    for name in (".p9", "p8.zip.part", "p7.tmp", "~$x.xlsx", "Thumbs.db"):
        (account / name).write_bytes(b"PK")
    world.receive()
    assert world.lake("attempts", columns="package") == [("p1",)]
    assert len(list(account.iterdir())) == 5
