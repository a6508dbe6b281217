"""The nine kinds of places of the statement, in the demo country: what is offered there beside the national policy.

Five kinds are places that anybody may name. The other four are restricted tags that a county sets on its own places;
the seeds hold none, so the test sets some, and dbt builds all that stands on them in a copy of the played warehouse.
"""

from __future__ import annotations

import shutil
from datetime import date

import duckdb
import pytest

from include.duck import insert_rows
from include.home import Home
from include.warehouse.content_hash import table_hashes
from include.warehouse.dbt import prepare
from tests.conftest import PlayedCountry
from tests.dbt.in_process import run_dbt

LEIBO, SHUFU, ZADOI = "513437", "653121", "632722"
TAGGED = {"Z6": ZADOI, "Z7": LEIBO, "Z8": SHUFU, "Z9": LEIBO}
"""Restricted zones and the county whose villages get the tag; of Z7 it is one village."""

#: By kind of place: a reason, a measure, how strongly and in which order it is offered there, and the rule. The nation
#: does not offer it for this reason, or less strongly, or (tourism in the Taihang Mountains) as one of the last.
EMBROIDERY = {
    "Z1": ("05", "M-WORKSHOP", "may_offer", 10, "Z1-05-01"),
    "Z2": ("05", "M-TERRACE", "must_offer", 10, "Z2-05-01"),
    "Z3": ("income", "M-TOUR", "may_offer", 20, "Z3-income-02"),
    "Z4": ("income", "M-RANGER", "must_offer", 10, "Z4-income-01"),
    "Z5": ("any", "M-LANG", "may_offer", 40, "Z5-any-01"),
    "Z6": ("income", "M-FODDER", "may_offer", 20, "Z6-income-01"),
    "Z7": ("any", "M-CASE", "must_offer", 10, "Z7-any-01"),
    "Z8": ("any", "M-CASE", "may_offer", 20, "Z8-any-01"),
    "Z9": ("any", "M-SERVICE-LANG", "must_offer", 10, "Z9-any-01"),
}
NOT_OFFERED = {"Z1", "Z2", "Z5", "Z6", "Z7", "Z8"}
"""Kinds of places whose measure the nation does not offer for the reason at all."""
RECOMMENDED = "household.recommended_measures"
#: What the nation alone offers a household for its reasons, by hand from the rulebook.
NATIONAL = """
    select r.household_key, b.condition_code, b.measure_code, max(b.offer) as offer,
        min(cast(b.priority as integer)) as priority
    from w.intermediate.int_household_reasons as r
    inner join w.seeds.rulebook as b
        on b.condition_kind = r.condition_kind and b.condition_code = r.condition_code and b.scope_kind = 'national'
    where coalesce(b.valid_to, date '9999-12-31') >= $night and b.valid_from <= $night
    group by all
"""


@pytest.fixture(scope="module")
def tagged(played_country: PlayedCountry, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The played warehouse with restricted tags set on villages of three counties, built again from the tags on."""
    home = Home(tmp_path_factory.mktemp("tagged"))
    shutil.copytree(played_country.home.root, home.root, symlinks=True, dirs_exist_ok=True)
    with duckdb.connect(str(home.warehouse)) as warehouse:
        villages = warehouse.execute(
            "select distinct place_code from intermediate.int_households where cut_id = 'night' order by 1"
        ).fetchall()
        columns = [name for name, *_ in warehouse.execute("describe seeds.zone_places").fetchall()]
        rows = []
        for zone, county in TAGGED.items():
            inside = [code for (code,) in villages if code.startswith(county)]
            for code in inside[:1] if zone == "Z7" else inside:
                told = {"zone_id": zone, "place_code": code, "source": "set by the county"}
                rows.append([told.get(name) for name in columns])
        insert_rows(warehouse, "seeds.zone_places", rows)
    prepare(home, played_country.settings)
    selected = ["run", "--select", "zone_places+"]
    run_dbt(home, played_country.settings, played_country.nights[-1], selected)
    return home


@pytest.fixture(scope="module")
def both(played_country: PlayedCountry, tagged: Home) -> duckdb.DuckDBPyConnection:
    """The warehouse as played as `w`, with the tags as `t`."""
    connection = duckdb.connect()
    for alias, home in (("w", played_country.home), ("t", tagged)):
        connection.execute(f"attach '{home.warehouse}' as {alias} (read_only)")
    return connection


@pytest.fixture(scope="module")
def night(played_country: PlayedCountry) -> date:
    return played_country.nights[-1]


@pytest.mark.parametrize("zone", EMBROIDERY)
def test_a_household_of_each_kind_of_place_is_offered_what_the_nation_does_not(
    zone: str, both: duckdb.DuckDBPyConnection, night: date
) -> None:
    reason, measure, offer, priority, rule = EMBROIDERY[zone]
    found = both.execute(
        f"""
        with national as ({NATIONAL})
        select r.offer, shown.priority, r.rule_id, r.scope_kind, n.offer, n.priority, shown.decided_by_rule,
            shown.decided_at_level
        from t.intermediate.int_recommendations as r
        inner join t.{RECOMMENDED} as shown using (household_key, condition_kind, condition_code, measure_code)
        left join national as n using (household_key, condition_code, measure_code)
        inner join t.intermediate.int_households as h on h.household_key = r.household_key and h.cut_id = 'night'
        inner join t.intermediate.int_place_zones as z
            on z.place_code = h.place_code and z.cut_id = 'night' and z.zone_id = $zone
        where r.condition_code = $reason and r.measure_code = $measure and r.rule_id = $rule
        order by r.household_key limit 1
        """,
        {"zone": zone, "reason": reason, "measure": measure, "rule": rule, "night": night},
    ).fetchone()
    assert found, f"nobody in {zone} is offered {measure} by {rule}"
    *decided, national_offer, national_priority, shown_rule, shown_level = found
    assert decided == [offer, priority, rule, "zone"]
    assert (national_offer is None) == (zone in NOT_OFFERED)
    assert (offer, priority) != (national_offer, national_priority), "the nation offers the same: nothing differs here"
    assert (shown_rule, shown_level) == (("local", "local") if zone in TAGGED else (rule, "zone"))


def test_a_household_under_two_zones_gets_the_rules_of_both(both: duckdb.DuckDBPyConnection) -> None:
    """Leibo lies in the Wumeng Mountains (A04) and in Liangshan (Z5), and is tagged Z9: rules of Z5 and Z9 meet."""
    zones, rules = both.execute(
        """
        select list(distinct z.zone_id order by z.zone_id), list(distinct r.rule_id order by r.rule_id)
        from t.intermediate.int_households as h
        inner join t.intermediate.int_place_zones as z on z.place_code = h.place_code and z.cut_id = 'night'
        inner join t.intermediate.int_recommendations as r on r.household_key = h.household_key
        where h.cut_id = 'night' and starts_with(h.place_code, $county) and r.scope_kind = 'zone'
        group by h.household_key having bool_or(r.rule_id = 'Z5-any-01')
        order by h.household_key limit 1
        """,
        {"county": LEIBO},
    ).fetchone() or ([], [])
    assert {"A04", "Z5", "Z9"} <= set(zones)
    assert {"Z5-any-01", "Z9-any-01"} <= set(rules)


def test_removing_the_restricted_tags_changes_offers_and_nothing_else(both: duckdb.DuckDBPyConnection) -> None:
    """Beside the list of the tags itself: the places of a restricted zone, and how many they are."""
    without, with_tags = (table_hashes(both, database=database) for database in ("w", "t"))
    assert without.keys() == with_tags.keys() and len(without) > 40
    changed = {name for name in without if without[name] != with_tags[name]}
    assert changed == {RECOMMENDED, "zone.zones", "zone.zone_places"}
    for table, columns in (("zone.zones", "* replace (0 as places)"), ("zone.zone_places", "*")):
        shown = f"select {columns} from {{}}.{table} where {'true' if table == 'zone.zones' else 'not restricted'}"
        query = f"{shown.format('w')} except {shown.format('t')}"
        assert both.execute(f"{query} union all ({shown.format('t')} except {shown.format('w')})").fetchall() == []


def test_removing_the_restricted_tags_gives_no_household_more(both: duckdb.DuckDBPyConnection) -> None:
    """Each offer without the tags is there with them, as strong; some are lost, each a local one."""
    strength = "case offer when 'must_offer' then 2 when 'may_offer' then 1 end"
    keys = "household_key, condition_kind, condition_code, measure_code"
    more, lost = both.execute(
        f"""
        select
            count(*) filter (where coalesce(without.strength, 0) > coalesce(tagged.strength, 0)),
            count(*) filter (where coalesce(without.strength, 0) < coalesce(tagged.strength, 0))
        from (select {keys}, {strength} as strength from w.{RECOMMENDED}) as without
        full join (select {keys}, {strength} as strength from t.{RECOMMENDED}) as tagged using ({keys})
        """
    ).fetchone() or (None, None)
    assert more == 0
    assert lost > 0
    [(not_local,)] = both.execute(
        f"select count(*) from t.{RECOMMENDED} as t anti join w.{RECOMMENDED} using ({keys}, offer)"
        " where t.decided_by_rule <> 'local'"
    ).fetchall()
    assert not_local == 0


def test_no_mart_but_the_rules_names_a_restricted_zone(tagged: Home) -> None:
    """Not one text of a household, a figure, a score or an alert."""
    with duckdb.connect(str(tagged.warehouse), read_only=True) as warehouse:
        columns = warehouse.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'VARCHAR'"
            " and schema_name in ('household', 'zone', 'responsibility', 'quality')"
            " and schema_name || '.' || table_name not in ('zone.rulebook', 'zone.zones', 'zone.zone_places')"
        ).fetchall()
        assert len(columns) > 100
        for schema, table, column in columns:
            named = warehouse.execute(
                f'select count(*) from {schema}.{table} where "{column}" in (select unnest(?))', [list(TAGGED)]
            ).fetchone()
            assert named == (0,), f"{schema}.{table}.{column}"
