"""`targeted publish --place`: a file for one place holds its households and reports, all of them, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.home import Home
from include.settings import Settings
from include.warehouse import place_file, versions
from include.warehouse.place_file import LEFT_OUT, NoPlaceFile, rule_of, write_place_file
from tests.conftest import PlayedCountry


@pytest.fixture
def played(played_country: PlayedCountry) -> PlayedCountry:
    """Only read here."""
    return played_country


def ask(path: Path, question: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(question).fetchall()


def columns(path: Path) -> dict[str, tuple[str, ...]]:
    """Columns of each published table."""
    rows = ask(
        path,
        "select schema_name || '.' || table_name, list(column_name) from duckdb_columns()"
        " where schema_name in ('household', 'zone', 'responsibility', 'quality') group by 1",
    )
    return {str(table): tuple(names) for table, names in rows}  # type: ignore[arg-type]  # a list comes as a list


def test_the_files_of_all_provinces_together_hold_every_household_once(played: PlayedCountry, tmp_path: Path) -> None:
    marts = versions.link(played.home, "marts")
    found = ask(marts, "select province_code, count(*) from household.households group by 1")
    provinces = {str(code): households for code, households in found}
    assert len(provinces) > 1
    files = {code: write_place_file(played.home, played.settings, code, tmp_path).path for code in provinces}
    for code, path in files.items():
        found = ask(path, "select province_code, count(*) from household.households group by 1")
        assert found == [(code, provinces[code])]
    by_household = [table for table, names in columns(marts).items() if "household_key" in names]
    assert len(by_household) > 15
    for table in set(by_household) - set(LEFT_OUT):
        question = f"select count(*) from {table} where household_key is not null"
        assert sum(int(str(ask(path, question)[0][0])) for path in files.values()) == ask(marts, question)[0][0], table


def test_a_county_gets_its_own_reports_the_rules_in_force_and_the_macros(played: PlayedCountry, tmp_path: Path) -> None:
    marts = versions.link(played.home, "marts")
    [(county, key)] = ask(
        marts,
        "select county_id, min(household_key) from household.households group by 1 order by count(*) desc limit 1",
    )
    path = write_place_file(played.home, played.settings, str(county), tmp_path).path
    assert path.stat().st_mode & 0o777 == 0o600, "rows of households are nobody else's to read"
    assert ask(path, "select distinct county_id from quality.attempts") == [(county,)]
    assert ask(path, "select distinct left(area_code, 6) from zone.cause_profile") == [(county,)]
    assert ask(path, "from household.standards") == ask(marts, "from household.standards")
    story = f"from household.household_story('{key}') order by all"
    assert ask(path, story) == ask(marts, story) != []
    assert ask(path, "from quality.cut") == [(county, marts.readlink().name)]
    assert ask(path, "select count(*) from duckdb_tables() where comment is null and schema_name <> 'main'") == [(0,)]


def test_every_published_table_is_cut_by_a_rule_or_left_out_for_a_reason(played: PlayedCountry) -> None:
    published = columns(versions.link(played.home, "marts"))
    assert {table for table, names in published.items() if rule_of(table, names) is None} <= set(LEFT_OUT)
    assert set(LEFT_OUT) <= set(published)
    assert rule_of("household.new", ("secret", "amount")) is None


@pytest.mark.parametrize("place", ["99", "", "5", "520", "CN", "520000", "'--"])
def test_what_is_no_place_is_refused(played: PlayedCountry, tmp_path: Path, place: str) -> None:
    with pytest.raises(NoPlaceFile, match="is no province"):
        write_place_file(played.home, played.settings, place, tmp_path)
    assert not list(tmp_path.iterdir())


def test_before_the_first_night_there_is_nothing_to_cut(tmp_path: Path) -> None:
    with pytest.raises(NoPlaceFile, match="run a night first"):
        write_place_file(Home(tmp_path / "home"), Settings(), "52", tmp_path)


@pytest.mark.parametrize("table", ["household.members", "zone.poverty_monthly", "quality.findings"])
def test_a_rule_that_let_other_places_through_is_stopped(
    played: PlayedCountry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """And nothing is left in the folder."""
    monkeypatch.setattr(place_file, "rule_of", lambda name, names: "true" if name == table else rule_of(name, names))
    [(county,)] = ask(versions.link(played.home, "marts"), "select min(county_id) from household.households")
    with pytest.raises(NoPlaceFile, match=f"{table} would hold"):
        write_place_file(played.home, played.settings, str(county), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_row_without_a_household_is_looked_at_by_its_place() -> None:
    codes = place_file._Place(("513431",), ("51",))
    with duckdb.connect() as written:
        for schema in ("household", "zone", "responsibility", "quality"):
            written.execute(f"create schema {schema}")
        written.execute("create table household.risks (household_key varchar, county_code varchar)")
        written.execute("insert into household.risks values ('513431-H1', '110101'), (null, '513431')")
        place_file._refuse_other_places(written, codes)  # a household that moved here from elsewhere goes by its key
        written.execute("insert into household.risks values (null, '110101')")
        with pytest.raises(NoPlaceFile, match="1 rows of other places by county_code"):
            place_file._refuse_other_places(written, codes)
