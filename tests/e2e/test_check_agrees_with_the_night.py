"""`targeted check` on a clerk's machine and the centre's night find the same, by id, in every package of two nights.

The packages have the standard faults, and besides a wrong cell in every few of the counties' CSV rows, so that nearly
every rule has something to find.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from include import night as steps
from include.contract import contracts
from include.country import DEFAULT_FIRST_NIGHT
from include.country.make import make_country
from include.county_check.facts import Checked
from include.county_check.play import play
from include.county_check.report import as_html, as_json, as_text
from include.home import Home, batch_names
from include.intake.decode import decode_text
from include.intake.deliver import deliver
from include.rules import catalogue
from include.settings import Settings
from tests.personal_values import found_in, sent_values

pytestmark = pytest.mark.long

NIGHTS = (DEFAULT_FIRST_NIGHT, DEFAULT_FIRST_NIGHT + timedelta(days=1))
WRONG = (
    "",
    "x",
    "-3",
    "1.10E+17",
    "2099-01-01",
    "1999-01-01",
    "01",
    "2",
    "4",
    "60000",
    "510104198001010018",
    BELOW := None,
)
"""Values that are wrong in most columns, each in its own way; BELOW is what stands in the next row."""
EVERY = 13
"""One cell of so many is made wrong."""


@dataclass(frozen=True)
class Package:
    """One package, what the centre's night found in it, and what the check of it found."""

    night: date
    folder: Path
    attempt_id: str
    kind: str
    centre: frozenset[tuple[str, str]]
    """(rule, finding_id)."""
    checked: Checked

    @property
    def alone(self) -> frozenset[tuple[str, str]]:
        return frozenset((finding.rule, finding.finding_id) for finding in self.checked.findings)


def damage(package: Path) -> None:
    """Make some cells of a package's CSV files wrong, but for the headers and the first column of households."""
    manifest = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
    for listed in manifest["files"]:
        path = package / listed["path"]
        if path.suffix != ".csv":
            continue
        text, encoding = decode_text(path.read_bytes())
        codec = {"utf-8-bom": "utf-8-sig"}.get(encoding, encoding)
        header, *rows = list(csv.reader(io.StringIO(text)))
        for number, row in enumerate(rows):
            for place in range(listed["dataset"] == "households", min(len(row), len(header))):
                cell = number * len(header) + place
                if cell % EVERY == 0:
                    wrong = WRONG[cell // EVERY % len(WRONG)]
                    below = rows[(number + 1) % len(rows)][place : place + 1]
                    row[place] = "".join(below) if wrong is BELOW else wrong
        written = io.StringIO(newline="")
        csv.writer(written, lineterminator="\n").writerows([header, *rows])
        path.write_bytes(written.getvalue().encode(codec))
        listed["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (package / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check") / "country"
    make_country(folder, 3, 180, 2, 3, "standard", NIGHTS[0])
    for package in sorted(folder.glob("2026-*/[1-9]*")):
        if not package.name.endswith("0000"):
            damage(package)
    return folder


@pytest.fixture(scope="module")
def packages(country: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Package]:
    """Every package, taken in by the centre in the order of nights, in batches, and checked alone."""
    home = Home(tmp_path_factory.mktemp("centre"))
    settings = Settings(home=home.root, batches=2)
    for night in NIGHTS:
        deliver(country, home, night)
        for batch in batch_names(settings.batches):
            steps.receive(home, settings, night, batch)
        steps.meet(home, settings, night)
        for batch in batch_names(settings.batches):
            steps.check(home, settings, night, batch)
            steps.judge(home, settings, night, batch)
    with duckdb.connect() as connection:
        ledger = connection.execute(
            "select night, submitter, attempt_id, number, kind from read_parquet(?) order by all",
            [home.lake_glob("attempts")],
        ).fetchall()
        found = connection.execute(
            "select attempt_id, rule, finding_id from read_parquet(?)",
            [[home.lake_glob("findings_receive"), home.lake_glob("findings_check")]],
        ).fetchall()
    return [
        Package(
            night,
            folder := country / f"{night:%Y-%m-%d}" / submitter,
            attempt_id,
            kind,
            frozenset((rule, finding_id) for of, rule, finding_id in found if of == attempt_id),
            play(folder, submitter, night, number),
        )
        for night, submitter, attempt_id, number, kind in ledger
    ]


def of_rules(findings: Iterable[tuple[str, str]], rules: Iterable[str]) -> frozenset[tuple[str, str]]:
    wanted = {*rules}
    return frozenset((rule, finding_id) for rule, finding_id in findings if rule in wanted)


def test_every_rule_that_needs_the_package_alone_gives_the_same_findings_by_id(packages: list[Package]) -> None:
    same: Counter[str] = Counter()
    for package in packages:
        run = {rule.id for rule in package.checked.rules.run}
        assert package.alone == of_rules(package.centre, run), f"{package.folder} of {package.night}"
        same.update(rule for rule, _ in package.alone)
    assert len(packages) >= 16
    assert {package.kind for package in packages} >= {"full", "changes"}
    assert same.total() > 3_000, same
    assert len(same) > 50, sorted({rule.id for rule in catalogue()} - {*same})


def test_what_the_centre_alone_finds_is_of_rules_that_the_report_names(packages: list[Package]) -> None:
    more: Counter[str] = Counter()
    for package in packages:
        named = {rule.id for rules in package.checked.rules.not_run.values() for rule in rules}
        more_here = package.centre - package.alone
        assert {rule for rule, _ in more_here} <= named, f"{package.folder} of {package.night}"
        more.update(rule for rule, _ in more_here)
        text, page = as_text(package.checked), as_html(package.checked)
        assert all(f"· {rule}" in text and f"<code>{rule}</code>" in page for rule in named)
    assert more.total() > 20, more
    assert len(more) > 3, more


def test_rows_are_conserved_and_counted(packages: list[Package]) -> None:
    for package in packages:
        totals = package.checked.totals
        assert totals.received == totals.accepted + totals.held + totals.rejected
        assert f"{totals.received:,} 行" in as_text(package.checked) or not totals.received
    assert all(
        sum(getattr(p.checked.totals, name) for p in packages) > 100 for name in ("accepted", "held", "rejected")
    )


def test_no_report_holds_a_personal_value(packages: list[Package], country: Path) -> None:
    values = sent_values(country)
    assert sum(map(len, values.values())) > 500
    assert all(contract.has("resident_number") for name, contract in contracts().items() if name == "persons")
    for package in packages:
        for report in (as_text(package.checked), as_html(package.checked)):
            assert not found_in(report.encode(), values), package.folder
        told = json.loads(as_json(package.checked))
        for finding in told["findings"]:
            del finding["finding_id"]  # a hash of rule, office and row key: no person is in it
        assert not found_in(json.dumps(told, ensure_ascii=False).encode(), values), package.folder
