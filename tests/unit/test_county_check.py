"""`targeted check` as a clerk runs it: exit codes, reports, nothing left behind, nothing installed but the base."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from include.cli import app
from include.country.make import make_country
from include.county_check import play as played
from include.home import Home
from include.intake.package import find_packages
from include.intake.submitters import UnknownSubmitter
from tests.unit.html_page import Page
from tests.unit.intake_world import NIGHT, zip_bytes

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = Path(__file__).with_name("base_alone.py")
NAME = "模拟户主00017"
NUMBER = "513437197609029014"


@pytest.fixture(scope="module")
def clean_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of one county without any fault."""
    folder = tmp_path_factory.mktemp("clean")
    make_country(folder / "country", 1, 20, 1, 3, "none", NIGHT)
    return next(p for p in sorted((folder / "country" / f"{NIGHT}").iterdir()) if (p / "households.csv").exists())


@pytest.fixture
def package(clean_package: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(clean_package, tmp_path / "desk" / clean_package.name))


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine's folder for temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def change(package: Path, dataset: str, edit: Callable[[list[list[str]]], None]) -> None:
    """Change the rows of a file, header first, and vouch for it in the manifest."""
    manifest = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
    listed = next(item for item in manifest["files"] if item["dataset"] == dataset)
    path = package / listed["path"]
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    edit(rows)
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    listed |= {"rows": len(rows) - 1, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    (package / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


def set_cell(row: int, column: str, value: str) -> Callable[[list[list[str]]], None]:
    def edit(rows: list[list[str]]) -> None:
        rows[row][rows[0].index(column)] = value

    return edit


def run(package: Path, *options: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    done = CliRunner().invoke(app, ["check", str(package), "--night", f"{NIGHT}", *options])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def told(package: Path, *options: str) -> dict[str, Any]:
    return dict(json.loads(run(package, "--json", *options)[1]))


def test_a_clean_package_is_said_to_be_taken_whole(package: Path, scratch: Path) -> None:
    code, text, error = run(package)
    rows = sum(item["rows"] for item in json.loads((package / "manifest.json").read_text())["files"])
    assert code == 0
    assert f"收到 {rows:,} 行，接收 {rows:,} 行，暂缓 0 行，无法读取 0 行" in text
    assert f"of {rows:,} rows {rows:,} would be accepted, 0 held and 0 rejected" in text
    assert str(package.with_name(f"{package.name}-check.html")) in error
    assert Page(package.with_name(f"{package.name}-check.html")).loads == []
    assert not list(scratch.iterdir())


def test_what_would_hold_a_household_is_told_with_its_mend_and_its_place(package: Path) -> None:
    change(package, "households", set_cell(3, "家庭人口数", "9"))
    code, text, _ = run(package, "--attempt", "4")
    report = told(package, "--attempt", "4")
    found = [(f["rule"], f["file"], f["row"], f["column"]) for f in report["findings"]]
    held = {line["dataset"]: line["held"] for line in report["datasets"]}
    assert code == report["exit_code"] == 1
    assert ("members-declared-differ", "households.csv", 4, "members_declared") in found
    assert held["households"] == 1
    assert held["persons"] >= 1
    assert "【必须修正：修正前整户暂缓】" in text
    assert "members-declared-differ" in text
    assert "households.csv 列 column 家庭人口数 行 row 4" in text
    assert "第 4 次报送" in text


def test_what_is_to_be_explained_alone_holds_nothing(package: Path) -> None:
    change(package, "persons", set_cell(2, "出生日期", "2099-01-01"))
    report = told(package)
    assert {f["severity"] for f in report["findings"]} == {"explain"}
    assert report["exit_code"] == 0


def test_a_package_that_would_be_refused_whole_gives_2_and_says_why(package: Path) -> None:
    (package / "households.csv").write_bytes(b"something else")
    code, text, _ = run(package)
    assert code == 2
    assert "file-wrong-hash" in text
    assert "整个报送包将不能接收" in text


def test_without_a_manifest_it_asks_who_sends_and_then_says_what_is_missing(package: Path) -> None:
    (package / "manifest.json").unlink()
    code, text, error = run(package)
    assert (code, text) == (2, "")
    assert "--submitter" in error
    code, text, _ = run(package, "--submitter", package.name)
    assert code == 2
    assert "package-without-manifest" in text


def test_another_office_may_be_named_and_the_manifest_is_held_against_it(package: Path) -> None:
    report = told(package, "--submitter", "513431")
    assert (report["submitter"], report["refusal"]) == ("513431", "manifest-wrong-submitter")


def test_what_is_no_package_and_who_is_no_office_are_told_in_one_line(package: Path, tmp_path: Path) -> None:
    for wrong, options, words in (
        (tmp_path / "nowhere", (), "is not there"),
        (package, ("--submitter", "../etc"), "is neither a county"),
    ):
        code, text, error = run(wrong, *options)
        assert (code, text) == (2, "")
        assert words in error
    with pytest.raises(UnknownSubmitter):
        played.play(package, "nobody", NIGHT)


def test_a_zip_gives_the_same_findings_as_its_folder(package: Path) -> None:
    change(package, "households", set_cell(3, "家庭人口数", "9"))
    zipped = package.with_name("sent.ZIP")
    zipped.write_bytes(zip_bytes({path.name: path.read_bytes() for path in package.iterdir()}))
    from_folder, from_zip = told(package), told(zipped)
    assert from_zip["findings"] == from_folder["findings"]
    assert from_zip["datasets"] == from_folder["datasets"]
    assert len(from_zip["findings"]) >= 1


def test_changes_are_not_judged_by_what_was_accepted_before(package: Path) -> None:
    manifest = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
    manifest["kind"] = "changes"
    manifest["files"] = [item for item in manifest["files"] if item["dataset"] == "households"]
    (package / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for path in package.glob("*.*"):
        if path.name not in ("manifest.json", "households.csv"):
            path.unlink()
    report = told(package)
    assert report["findings"] == []
    assert report["exit_code"] == 0
    assert report["rules_not_run"]["household-without-members"] == ["deletions", "history"]
    assert "household-without-members" in run(package)[1]


def test_nothing_personal_is_told_or_left(package: Path, scratch: Path) -> None:
    change(package, "persons", set_cell(2, "务工地点", NUMBER))
    change(package, "persons", lambda rows: [row.append("姓名" if row is rows[0] else NAME) for row in rows][:0])
    before = {path: path.read_bytes() for path in package.rglob("*")}
    outputs = [*run(package)[1:], *run(package, "--json")[1:]]
    page = package.with_name(f"{package.name}-check.html").read_text(encoding="utf-8")
    assert "cell-resident-number-elsewhere" in page
    assert "column-forbidden" in page
    for text in (*outputs, page):
        assert NAME not in text
        assert NUMBER not in text
    assert {path: path.read_bytes() for path in package.rglob("*")} == before
    assert not list(scratch.iterdir())


def test_an_error_halfway_leaves_nothing_either(package: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        assert any(scratch.rglob("*.parquet"))
        raise MemoryError

    monkeypatch.setattr(played, "judge", fail)
    with pytest.raises(MemoryError):
        played.play(package, package.name, NIGHT)
    assert not list(scratch.iterdir())


def test_a_computer_too_small_is_no_finding(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise duckdb.OutOfMemoryException(f"out of memory at {NUMBER}")

    monkeypatch.setattr(played, "judge", fail)
    code, text, error = run(package)
    assert (code, text) == (2, "")
    assert "could not be checked on this computer (OutOfMemoryException)" in error
    assert NUMBER not in error


def test_a_package_of_a_read_only_stick_is_copied_so_that_it_can_be_removed(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package / "inner").mkdir()
    for path in (package / "households.csv", package / "inner", package):
        path.chmod(0o555 if path.is_dir() else 0o444)
    modes: dict[str, int] = {}

    def look(home: Home, *_: object, **__: object) -> None:
        modes.update({path.name: stat.S_IMODE(path.stat().st_mode) for path in home.inbox.rglob("*")})
        raise MemoryError

    monkeypatch.setattr(played, "receive", look)
    with pytest.raises(MemoryError):
        played.play(package, package.name, NIGHT)
    assert {"package", "inner", "households.csv"} <= set(modes)
    assert all(mode & stat.S_IWUSR for mode in modes.values())
    for path in (package, package / "inner"):
        path.chmod(0o755)


def test_its_page_is_no_package(package: Path) -> None:
    """Checked where it is delivered, in the office's account: the page lies beside it there."""
    run(package)
    assert sorted(path.name for path in package.parent.iterdir()) == [package.name, f"{package.name}-check.html"]
    assert find_packages(package.parent) == [package]


def test_names_of_files_are_shown_as_text_in_the_page(package: Path) -> None:
    manifest = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"].append({"dataset": "<script>", "path": "a<b>.csv", "rows": 0, "sha256": "0" * 64})
    (package / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert run(package)[0] == 2
    assert "script" not in Page(package.with_name(f"{package.name}-check.html")).tags


def test_it_runs_where_nothing_but_the_base_is_installed_and_the_system_is_not_posix(package: Path) -> None:
    """Airflow, dbt, Great Expectations and whatever else the base does not bring cannot be imported; nor can fcntl."""
    change(package, "households", set_cell(3, "家庭人口数", "9"))
    done = subprocess.run(
        [sys.executable, str(OFFLINE), "check", str(package), "--night", f"{NIGHT}", "--json"],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["findings"] == told(package)["findings"]
    assert "not for a clerk's machine: airflow, dbt, great_expectations" in done.stderr
