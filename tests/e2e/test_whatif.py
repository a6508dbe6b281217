"""A changed rulebook is tried on last night: gainers and losers as recounted by hand, and nothing is published."""

from __future__ import annotations

import csv
import json
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from include.cli import app
from include.home import Home
from include.policy.facts import RULEBOOK
from include.warehouse import versions
from include.warehouse.content_hash import content_hash
from tests.conftest import PlayedCountry

COLUMNS = RULEBOOK.read_text(encoding="utf-8").splitlines()[0].split(",")
ADDED = [
    {"rule_id": "P51-01", "scope_kind": "province", "scope_code": "51", "condition_kind": "condition",
     "condition_code": "income", "measure_code": "M-IND", "offer": "must_offer", "priority": "10",
     "issuer": "a province", "valid_from": "2026-01-01", "source": "a document"},
    {"rule_id": "CN-housing-09", "scope_kind": "national", "scope_code": "CN", "condition_kind": "condition",
     "condition_code": "housing", "measure_code": "M-CASE", "offer": "may_offer", "priority": "50",
     "issuer": "a ministry", "valid_from": "2026-01-01", "source": "a document"},
]  # fmt: skip
REMOVED = "CN-income-07"  # village tourism for all below the line; the Taihang zone has a rule of its own

#: By hand from who the households are, not from what was recommended to them.
LOSERS = """
    select household_key, 'M-TOUR' from household.households as h
    where in_need and income_condition = 'not_met' and not exists (
        from zone.zone_places as z
        where z.zone_id = 'Z3' and starts_with(coalesce(h.village_code, h.county_code), z.place_code)
    )
"""
STRENGTHENED = """
    select household_key, 'M-IND' from household.households
    where in_need and income_condition = 'not_met' and province_code = '51'
"""
ADDED_TO = """
    select household_key, 'M-CASE' from household.households as h
    where in_need and housing = 'not_met' and not exists (
        from household.household_causes as c where c.household_key = h.household_key and c.cause in ('11', '12', '99')
    )
"""
MEAN_TOUR = """
    select count(amount), avg(amount) from household.household_measures
    where measure_code = 'M-TOUR' and delivered_on is not null and standing = 'delivered'
"""
RANKED = """
    select household_key from household.households
    where in_need and income_per_head is not null order by income_per_head, household_key
"""
#: The first of five parts as equal as can be: one more in the first parts when it does not divide.
POOREST = f"""
    select household_key from household.households where in_need and income_per_head is not null
    order by income_per_head, household_key
    limit (select cast(ceil(count(*) / 5) as bigint) from ({RANKED}))
"""


@pytest.fixture(scope="module")
def home(played_country: PlayedCountry, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that sees the played warehouse and published files, and in which the what-if alone may write."""
    root = tmp_path_factory.mktemp("whatif")
    for folder in ("warehouse", "published"):
        (root / folder).symlink_to(played_country.home.root / folder)
    return Home(root)


@pytest.fixture(scope="module")
def rulebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with RULEBOOK.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["rule_id"] != REMOVED]
    path = tmp_path_factory.mktemp("rules") / "changed.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows([*rows, *ADDED])
    return path


def hashes(home: Home) -> dict[str, str]:
    files = {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(home.published.glob("*.duckdb"))}
    return files | {"content": content_hash(versions.link(home, "marts").resolve())}


def test_gainers_and_losers_are_those_of_a_recount_by_hand(
    home: Home, rulebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGETED_HOME", str(home.root))
    before = hashes(home)
    mine = tmp_path / "mine.csv"
    command = ["whatif", str(rulebook), "--households", str(mine), "--json"]
    run = CliRunner().invoke(app, command)
    assert run.exit_code == 0, run.stderr
    summary = json.loads(run.stdout)
    assert hashes(home) == before

    with duckdb.connect(str(versions.link(home, "marts").resolve()), read_only=True) as connection:
        by_hand = {
            change: set(connection.execute(query).fetchall())
            for change, query in (("removed", LOSERS), ("strengthened", STRENGTHENED), ("added", ADDED_TO))
        }
        county = dict(connection.execute("select household_key, county_code from household.households").fetchall())
        offers = connection.execute(
            "select count(*) from (select distinct household_key, measure_code from household.recommended_measures)"
        ).fetchone()
    assert all(by_hand.values()), "the country has nobody to gain or lose: choose another rule"
    with mine.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {
        change: {(row["household_key"], row["measure_code"]) for row in rows if row["change"] == change}
        for change in ("added", "removed", "strengthened", "weakened")
    }
    assert found == by_hand | {"weakened": set()}

    losing = {key for key, _ in by_hand["removed"]}
    gaining = {key for key, _ in by_hand["strengthened"] | by_hand["added"]}
    assert (summary["households_losing"], summary["households_gaining"]) == (len(losing), len(gaining))
    assert {
        row["county_code"]: (row["households_gaining"], row["households_losing"]) for row in summary["by_county"]
    } == {
        code: (sum(county[key] == code for key in gaining), sum(county[key] == code for key in losing))
        for code in {county[key] for key in gaining | losing}
    }
    measures = {row["measure_code"]: row for row in summary["by_measure"]}
    assert set(measures) == {"M-TOUR", "M-IND", "M-CASE"}
    assert measures["M-TOUR"]["removed"] == len(by_hand["removed"])
    assert measures["M-TOUR"]["before"] - measures["M-TOUR"]["after"] == len(by_hand["removed"])
    assert offers is not None
    kept, union = offers[0] - len(by_hand["removed"]), offers[0] + len(by_hand["added"])
    assert summary["overlap_with_today"] == pytest.approx(kept / union, abs=1e-4)
    assert mine.stat().st_mode & 0o077 == 0
    with duckdb.connect(str(versions.link(home, "marts").resolve()), read_only=True) as connection:
        delivered = connection.execute(MEAN_TOUR).fetchone()
        poorest = {key for (key,) in connection.execute(POOREST).fetchall()}
        ranked = {key for (key,) in connection.execute(RANKED).fetchall()}
    assert delivered is not None
    smallest_cell = 10
    mean = round(-delivered[1] * len(losing), 2) if delivered[0] >= smallest_cell else None
    assert measures["M-TOUR"]["cost_change_yuan"] == (mean if mean is None else pytest.approx(mean))
    known = [row["cost_change_yuan"] for row in measures.values() if row["cost_change_yuan"] is not None]
    assert summary["cost_change_yuan"] == pytest.approx(sum(known))
    lost = [key for key, _ in by_hand["removed"] if key in ranked]
    gained = [key for key, _ in by_hand["strengthened"] | by_hand["added"] if key in ranked]
    for name, keys in (("losses", lost), ("gains", gained)):
        assert summary["poorest_fifth"][name] == pytest.approx(
            sum(key in poorest for key in keys) / len(keys), abs=1e-4
        )


def test_no_household_is_named_on_the_terminal_or_in_what_is_kept(
    home: Home, rulebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGETED_HOME", str(home.root))
    run = CliRunner().invoke(app, ["whatif", str(rulebook)])
    assert run.exit_code == 0, run.stderr
    assert "M-TOUR" in run.stdout and "not published" in run.stdout
    kept = next(home.whatif.glob("*-changed-*"))
    assert sorted(path.name for path in kept.iterdir()) == ["rulebook.csv", "summary.json"]
    with duckdb.connect(str(versions.link(home, "marts").resolve()), read_only=True) as connection:
        keys = [key for (key,) in connection.execute("select household_key from household.households").fetchall()]
    told = run.stdout + (kept / "summary.json").read_text(encoding="utf-8")
    assert not any(key in told for key in keys)
    assert list(home.tmp.glob("whatif-*")) == []


def test_todays_rulebook_changes_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGETED_HOME", str(home.root))
    summary = json.loads(CliRunner().invoke(app, ["whatif", str(RULEBOOK), "--json"]).stdout)
    assert (summary["households_gaining"], summary["households_losing"], summary["by_measure"]) == (0, 0, [])
    assert summary["overlap_with_today"] == 1
    assert summary["offers_before"] > 0


def test_a_what_if_is_refused_with_its_reason(
    home: Home, played_country: PlayedCountry, rulebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGETED_HOME", str(home.root))
    among = home.published / "mine.csv"
    refused = CliRunner().invoke(app, ["whatif", str(rulebook), "--households", str(among)])
    assert refused.exit_code == 1 and "folder of your own" in refused.stderr and not among.exists()

    wrong = tmp_path / "wrong.csv"
    wrong.write_text(rulebook.read_text(encoding="utf-8").replace("M-IND,must", "M-INDD,must"), encoding="utf-8")
    refused = CliRunner().invoke(app, ["whatif", str(wrong)])
    assert refused.exit_code == 1 and "unknown-measure" in refused.stderr

    older = Home(tmp_path / "older")
    older.published.mkdir(parents=True)
    (older.root / "warehouse").symlink_to(played_country.home.root / "warehouse")
    first = versions.versions(played_country.home, "marts")[0]
    (older.published / first.file_name).symlink_to(played_country.home.published / first.file_name)
    monkeypatch.setenv("TARGETED_HOME", str(older.root))
    refused = CliRunner().invoke(app, ["whatif", str(rulebook)])
    assert refused.exit_code == 1 and "run a night first" in refused.stderr
    versions.link(older, "marts").symlink_to(first.file_name)
    refused = CliRunner().invoke(app, ["whatif", str(rulebook)])
    assert refused.exit_code == 1 and "the warehouse holds night" in refused.stderr
