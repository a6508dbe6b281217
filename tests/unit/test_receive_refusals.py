"""Each fault of a package or a file is refused by its own rule, in ledger and findings, and the night goes on."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from include.intake import package as packages
from include.intake.door_rules import door_rules
from include.intake.shown import shown
from tests.unit.intake_world import World, csv_bytes, xlsx_bytes, zip_bytes

GOOD = csv_bytes([["户编号", "行政村代码"], ["H1", "513431100200"], ["H2", "513431100201"]])
PERSONS = csv_bytes([["户编号", "成员序号"], ["H1", "1"]])
ROWS = {"households.csv": 2}
EMPTY_HASH = "0" * 64


def send_good(world: World) -> None:
    world.send({"households.csv": GOOD}, submitter="620102", rows=ROWS)


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"{}")
        archive.writestr("households.csv", b"\0" * (20 << 20))
    return target.getvalue()


def locked() -> bytes:
    data = bytearray(zip_bytes({"manifest.json": b"{}"}))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):  # set the "encrypted" flag in both headers
        at = data.index(mark) + (6 if mark == b"PK\x03\x04" else 8)
        data[at] |= 1
    return bytes(data)


def far_away() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["户编号", "成员序号"])
        sheet.write_row(1, 0, ["H1", "1"])
        sheet.write(1_048_575, 16_383, "x")
    return target.getvalue()


def put(world: World, data: bytes, name: str = "p1.zip") -> None:
    (world.home.inbox / "513431").mkdir(parents=True, exist_ok=True)
    (world.home.inbox / "513431" / name).write_bytes(data)


def with_link(world: World) -> None:
    folder = world.send({"households.csv": GOOD}, rows=ROWS)
    (folder / "persons.csv").symlink_to("/etc/hostname")


def linked_package(world: World) -> None:
    outside = world.root / "outside"
    outside.mkdir()
    (outside / "manifest.json").write_bytes(b"{}")
    (world.home.inbox / "513431").mkdir(parents=True)
    (world.home.inbox / "513431" / "p1").symlink_to(outside)


WHOLE: dict[str, tuple[str, Callable[[World], Any]]] = {
    "no manifest": ("package-without-manifest", lambda w: w.send({"households.csv": GOOD}, drop=["manifest.json"])),
    "no manifest, zip": (
        "package-without-manifest",
        lambda w: w.send({"households.csv": GOOD}, drop=["manifest.json"], zipped=True),
    ),
    "a loose file": ("package-without-manifest", lambda w: put(w, GOOD, "households.csv")),
    "an empty folder": ("package-without-manifest", lambda w: (w.home.inbox / "513431" / "p1").mkdir(parents=True)),
    "not json": ("manifest-unreadable", lambda w: w.send({"households.csv": GOOD}, manifest=b"{contract_version")),
    "manifest is a list": ("manifest-unreadable", lambda w: w.send({"households.csv": GOOD}, manifest=b"[]")),
    "deep json": ("manifest-unreadable", lambda w: w.send(manifest=b"[" * 100_000)),
    "no as_of": ("manifest-unreadable", lambda w: w.send({"households.csv": GOOD}, manifest={"as_of": None})),
    "unknown kind": ("manifest-unreadable", lambda w: w.send({"households.csv": GOOD}, manifest={"kind": "all"})),
    "nothing due, yet files": (
        "manifest-unreadable",
        lambda w: w.send({"households.csv": GOOD}, manifest={"nothing_due": True}),
    ),
    "no files, yet something due": ("manifest-unreadable", lambda w: w.send(manifest={"nothing_due": False})),
    "other submitter": (
        "manifest-wrong-submitter",
        lambda w: w.send({"households.csv": GOOD}, manifest={"submitter": "620102"}),
    ),
    "old version": (
        "manifest-unknown-contract-version",
        lambda w: w.send({"households.csv": GOOD}, manifest={"contract_version": "0.1"}),
    ),
    "as_of as a number": (
        "manifest-unreadable",
        lambda w: w.send({"households.csv": GOOD}, manifest={"as_of": 20261120}),
    ),
    "half a character in a path": (
        "manifest-unreadable",
        lambda w: w.send(
            {"households.csv": GOOD},
            manifest={"files": [{"dataset": "\udc80\0", "path": "\ud800.csv", "rows": 1, "sha256": "0" * 64}]},
        ),
    ),
    "tomorrow": (
        "manifest-as-of-after-night",
        lambda w: w.send({"households.csv": GOOD}, manifest={"as_of": "2026-11-21"}),
    ),
    "missing file": (
        "file-missing",
        lambda w: w.send({"households.csv": GOOD, "persons.csv": PERSONS}, rows=ROWS, drop=["persons.csv"]),
    ),
    "wrong hash": (
        "file-wrong-hash",
        lambda w: w.send({"households.csv": GOOD, "persons.csv": PERSONS}, listed={"persons.csv": EMPTY_HASH}),
    ),
    "empty file": ("file-empty", lambda w: w.send({"households.csv": b"", "persons.csv": PERSONS})),
    "a mark alone": ("file-empty", lambda w: w.send({"households.csv": b"\xef\xbb\xbf\r\n"})),
    "a header alone": ("file-empty", lambda w: w.send({"households.csv": GOOD.split(b"\n")[0] + b"\n,\n"})),
    "not a zip": ("package-unreadable", lambda w: put(w, b"PK nothing")),
    "a cut zip": ("package-unreadable", lambda w: put(w, zip_bytes({"manifest.json": b"{}" * 99})[:-9])),
    "a locked zip": ("package-unreadable", lambda w: put(w, locked())),
    "a bomb": ("package-unsafe", lambda w: put(w, bomb())),
    "a climbing path": ("package-unsafe", lambda w: put(w, zip_bytes({"manifest.json": b"{}", "../../x": b"1"}))),
    "an absolute path": ("package-unsafe", lambda w: put(w, zip_bytes({"manifest.json": b"{}", "/etc/x": b"1"}))),
    "a link inside": ("package-unsafe", with_link),
    "a link as package": ("package-unsafe", linked_package),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_fault_refuses_the_attempt_and_the_night_goes_on(tmp_path: Path, name: str) -> None:
    rule, spoil = WHOLE[name]
    world = World(tmp_path)
    spoil(world)
    send_good(world)
    result = world.receive()

    assert world.lake("attempts", columns="submitter, readable, refusal") == [
        ("513431", False, rule),
        ("620102", True, None),
    ]
    told = [row for row in world.told("submitter, rule, severity") if row[0] == "513431"]
    assert ("513431", rule, "reject") in told
    assert {row[1] for row in told if row[2] == "reject"} == {rule}
    assert world.lake("read", "households", "submitter, household_id") == [("620102", "H1"), ("620102", "H2")]
    assert world.lake("files", columns="submitter") == [("620102",)]
    assert result.counts["refused"] == 1
    assert result.counts["removed from inbox"] == 2
    assert sorted(p.name for p in world.home.inbox.iterdir()) == ["513431", "620102"]
    assert not any(any(account.iterdir()) for account in world.home.inbox.iterdir())


def test_what_lies_behind_a_link_is_left_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    linked_package(world)
    world.receive()
    assert (tmp_path / "outside" / "manifest.json").read_bytes() == b"{}"


def test_all_lies_of_a_manifest_are_told_at_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    files = {"households.csv": GOOD, "persons.csv": PERSONS, "visits.csv": GOOD}
    world.send(files, drop=["visits.csv"], listed={"persons.csv": EMPTY_HASH, "households.csv": EMPTY_HASH})
    world.receive()
    assert sorted(world.told("rule, file")) == [
        ("file-missing", "visits.csv"),
        ("file-wrong-hash", "households.csv"),
        ("file-wrong-hash", "persons.csv"),
    ]


ONE: dict[str, tuple[str, str, bytes]] = {
    "unknown dataset": ("manifest-unknown-dataset", "castles.csv", GOOD),
    "another office's dataset": ("dataset-not-for-submitter", "cross_checks.csv", GOOD),
    "not what it says": ("file-not-what-it-says", "persons.csv", xlsx_bytes([["户编号", "成员序号"], ["H1", "1"]])),
    "html as xls": ("file-not-what-it-says", "persons.xls", b"<table><tr><td>H1</td></tr></table>"),
    "a damaged workbook": (
        "file-not-what-it-says",
        "persons.xlsx",
        zip_bytes({"xl/workbook.xml": b"<workbook", "[Content_Types].xml": b"<"}),
    ),
    "undecodable": ("file-undecodable", "persons.csv", PERSONS + b"H2,\xff\xff\n"),
    "NUL": ("file-undecodable", "persons.csv", PERSONS + b"H2,\x002\n"),
    "open quote": ("file-undecodable", "persons.csv", PERSONS + b'H2,"2\nH3,1\n'),
    "quotes that swallow rows": (
        "file-undecodable",
        "persons.csv",
        b'household_id,person_no,sex\nH1,"1,1\nH2,1,1\nH3,1,"1"\n',
    ),
    "no header": ("file-without-key-column", "persons.csv", b"H1,1\nH2,1\n"),
    "no key": ("file-without-key-column", "persons.csv", csv_bytes([["户编号", "性别", "健康状况"], ["H1", "1", "1"]])),
    "a column twice": (
        "file-column-twice",
        "persons.csv",
        csv_bytes([["户编号", "成员序号", "性别", "sex"], ["H1", "1", "1", "2"]]),
    ),
    "two sheets of data": (
        "file-more-than-one-sheet",
        "persons.xlsx",
        xlsx_bytes([["户编号", "成员序号"], ["H1", "1"]], [[["户编号", "成员序号"], ["H2", "1"]]]),
    ),
    "a cell in the last corner": ("file-stray-cells", "persons.xlsx", far_away()),
    "ragged throughout": ("file-ragged", "persons.csv", b"household_id,person_no\n" + b"H1,a,b,1\n" * 12),
}


@pytest.mark.parametrize("name", ONE)
def test_a_fault_of_one_file_refuses_that_file_alone(tmp_path: Path, name: str) -> None:
    rule, file, data = ONE[name]
    dataset = file.split(".")[0]
    world = World(tmp_path)
    world.send({"households.csv": GOOD, file: data}, rows=ROWS)
    world.receive()

    assert world.lake("attempts", columns="readable, refusal") == [(True, None)]
    assert sorted(world.lake("files", columns="file, dataset, readable, refusal, received_rows")) == sorted(
        [("households.csv", "households", True, None, 2), (file, dataset, False, rule, 0)]
    )
    assert [row for row in world.told("rule, severity, dataset, file") if row[1] == "reject"] == [
        (rule, "reject", dataset, file)
    ]
    assert world.lake("read", "persons") == []
    assert len(world.lake("read", "households")) == 2


def test_an_empty_file_declared_so_is_no_fault(tmp_path: Path) -> None:
    world = World(tmp_path)
    header = csv_bytes([["户编号", "成员序号", "性别", "与户主关系"]])
    files = {"households.csv": GOOD, "measures.csv": b"", "persons.csv": header}
    world.send(files, rows={"households.csv": 2, "measures.csv": 0, "persons.csv": 0})
    world.receive()
    assert [row for row in world.told("rule, severity, dataset") if row[2] != "households"] == []
    assert world.lake("files", columns="file, readable, received_rows") == [
        ("households.csv", True, 2),
        ("measures.csv", True, 0),
        ("persons.csv", True, 0),
    ]


def test_a_package_without_a_single_row_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    header = csv_bytes([["户编号", "成员序号", "性别", "与户主关系"]])
    world.send({"measures.csv": b"", "persons.csv": header}, rows={"measures.csv": 0, "persons.csv": 0})
    send_good(world)
    world.receive()
    told = world.told("submitter, rule, severity, dataset, file")
    assert [row for row in told if row[2] == "reject"] == [("513431", "package-without-rows", "reject", None, None)]


def test_nothing_due_is_a_report(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.send()
    world.receive()
    assert world.lake("attempts", columns="nothing_due, readable, refusal") == [(True, True, None)]
    assert world.told() == []


def test_another_number_of_rows_is_asked_about_and_taken(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.send({"households.csv": GOOD}, rows={"households.csv": 3})
    world.receive()
    told = [row for row in world.told("rule, severity, detail") if not row[0].startswith("column-")]
    assert told == [("file-row-count-differs", "explain", "declared 3, received 2")]
    assert len(world.lake("read", "households")) == 2


def test_an_unlisted_file_is_told_and_not_read(tmp_path: Path) -> None:
    world = World(tmp_path)
    folder = world.send({"households.csv": GOOD}, rows=ROWS)
    (folder / "persons.csv").write_bytes(PERSONS)
    world.receive()
    told = [row for row in world.told("rule, severity, file") if not row[0].startswith("column-")]
    assert told == [("file-not-in-manifest", "advice", "persons.csv")]
    assert world.lake("read", "persons") == []


def test_a_package_too_large_is_refused_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_FILE_BYTES", 100)
    world = World(tmp_path)
    folder = world.send({"households.csv": b"x" * 101})
    world.receive()
    assert world.lake("attempts", columns="refusal") == [("package-too-large",)]
    assert (folder / "households.csv").read_bytes() == b"x" * 101
    assert not world.home.landing.exists()


def test_a_file_that_may_not_be_read_is_refused_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    folder = world.send({"households.csv": GOOD}, rows=ROWS)
    send_good(world)
    whole = packages._read_file

    def forbidden(path: Path, most: int) -> bytes:
        if "513431" in path.parts:
            raise PermissionError(path)
        return whole(path, most)

    monkeypatch.setattr(packages, "_read_file", forbidden)
    world.receive()
    assert world.lake("attempts", columns="submitter, refusal") == [("513431", "package-unreadable"), ("620102", None)]
    assert folder.exists()


def test_folders_of_nobody_are_left_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    send_good(world)
    for name in ("lost", "12345", "assessor-", ".hidden"):
        (world.home.inbox / name).mkdir()
        (world.home.inbox / name / "x.csv").write_bytes(b"x")
    result = world.receive()
    assert world.lake("accounts", columns="submitter") == [("620102",)]
    assert (world.home.inbox / "lost" / "x.csv").exists()
    assert any("3 inbox folder(s)" in note for note in result.notes)


def test_every_rule_of_the_catalogue_is_shown_above() -> None:
    shown = {rule for rule, _ in WHOLE.values()} | {rule for rule, _, _ in ONE.values()}
    elsewhere = {
        "package-sent-before",
        "package-too-large",
        "package-without-rows",
        "file-row-count-differs",
        "file-not-in-manifest",
        "row-too-many-columns",
        "row-cells-merged",
        "row-id-cut",
        "file-more-than-one-table",
        "column-converted",
        "column-unknown",
        "column-missing",
        "column-forbidden",
        "cell-resident-number-elsewhere",
        "text-reaches-a-person",
        "person-deleted",
        "withdrawal-of-no-attempt",
    }
    assert shown | elsewhere == set(door_rules())


def test_a_number_of_rows_beyond_reason_refuses_its_package_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.send({"households.csv": b"household_id\nH1\n"}, rows={"households.csv": 2**63}, package="absurd")
    world.send({"households.csv": b"household_id\nH1\n"}, package="fine", submitter="620102")
    world.receive()
    assert world.lake("attempts", columns="submitter, refusal") == [
        ("513431", "manifest-unreadable"),
        ("620102", None),
    ]


@pytest.mark.parametrize("written", ["513437 19800101 5006", "513437-19800101-5006", "513437198001015006"])
def test_a_number_in_a_file_name_is_not_told_on(written: str) -> None:
    assert shown(f"households {written}.csv") == "households #.csv"


def test_a_dated_file_name_is_told_whole() -> None:
    assert shown("2026-11-20 513437 households.csv") == "2026-11-20 513437 households.csv"
