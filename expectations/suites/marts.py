"""marts: what analysts will read agrees with the warehouse, adds up, and names nobody."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from expectations import before, explained
from expectations.checks import Check, between, equal, filled, none_of, rows_from
from expectations.measure import Measure, Scratch, attach_warehouse, columns_of
from expectations.results import AUDIT_CHECK
from expectations.suites.submissions import identifier
from include.contract import load_yaml
from include.duck import literal
from include.warehouse.content_hash import AUDITED_SCHEMAS, combined, table_hashes

MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "marts"

#: Marts of findings: that they are empty is good news. And before a first month has ended, nothing has changed;
#: before a first exit, nobody can return.
_MAY_BE_EMPTY = (
    "household.status_breaches", "responsibility.coverage_gaps", "responsibility.double_funding",
    "responsibility.duty_gaps", "responsibility.visit_questions", "zone.change_explained",
    "zone.return_rates",
)  # fmt: skip
_REBUILD = "Build the marts of this night again; if it stands, compare the mart named with its intermediate model"
_PERSONAL = "Stop: take the column out of the mart named, and tell the data protection officer; see the runbook"


def blocking() -> list[Check]:
    """What stops publishing."""
    return [
        none_of(
            "marts-all-there", "tables", "absent",
            "Every mart that the project defines is in the warehouse", "Build the marts: a model was skipped or failed",
        ),
        none_of(
            "marts-keys-unique", "tables", "repeated",
            "Every mart is unique by the grain that its description states",
            "Look at the mart named: a join doubles its rows",
        ),
        equal(
            "marts-households-by-county", "counties", "households", "mart_households",
            "Each county has as many households in the mart as in the warehouse", _REBUILD,
        ),
        equal(
            "marts-persons-by-county", "counties", "persons", "mart_persons",
            "Each county has as many persons in its households as members in the warehouse", _REBUILD,
        ),
        equal(
            "marts-members-by-county", "counties", "persons", "mart_members",
            "Each county has as many rows of members as members in the warehouse", _REBUILD,
        ),
        equal(
            "marts-income-by-county", "counties", "income", "mart_income",
            "Net income adds up to the same sum in mart and warehouse, county by county", _REBUILD,
        ),
        equal(
            "marts-held-by-county", "counties", "held", "mart_held",
            "Each county has as many households marked held as the warehouse holds", _REBUILD,
        ),
        equal(
            "marts-in-need-by-county", "counties", "in_need", "mart_in_need",
            "Each county has as many households in need as the warehouse, held and provisional ones counted", _REBUILD,
        ),
        none_of(
            "marts-holding-hides-nobody", "counties", "hidden_by_holding",
            "Every provisional household is marked held and counted in need",
            "Look at status and held in household.households for the county named: holding must never hide a household",
        ),
        between(
            "marts-main-causes-sum-to-100", "causes", "percent", 99.99, 100.01,
            "Main causes sum to 100 per cent in every area and month", "Look at zone.cause_profile for the area",
        ),
        equal(
            "marts-main-causes-count-households", "causes", "by_cause", "households",
            "Households by main cause add up to the households of the area", "Look at zone.cause_profile for the area",
        ),
        equal(
            "marts-zones-exact", "zones", "expected", "placed",
            "Each household is in every zone with a prefix of its place, and in no other", "Look at zone.place_zones",
        ),
        none_of(
            "marts-restricted-zones-absent", "restricted", "shown",
            "No restricted zone is an area of a figure or is tied to a household's place",
            "Stop: a restricted tag left its table; see the runbook",
        ),
        none_of(
            "marts-poverty-ordered", "poverty", "disordered",
            "0 <= severity <= gap <= headcount <= 1, and 0 <= Gini <= 1, wherever they are known",
            "Look at int_poverty_measures for the area named",
        ),
        equal(
            "marts-poverty-counts-the-registered", "registered", "households", "registered",
            "poverty_monthly counts every registered household of the night, nation and county by county",
            "Look at int_poverty_inputs: a household was lost or doubled in a join",
        ),
        equal(
            "marts-movements-balance", "movements", "expected", "closing",
            "Last month's households on the register, with who came and left, are this month's, in every area",
            "Look at int_household_flows for the area and month named: one came or left for no reason or for two",
        ),
        equal(
            "marts-movements-counted", "movements", "counted", "closing",
            "The closing stock of an area and month is what its households' status says",
            "Compare int_register_stock with int_household_status for the area and month named",
        ),
        equal(
            "marts-movements-continue", "movements", "last_closing", "opening",
            "The opening stock of a nation, region, province or county is the closing stock of the month before",
            "Look at int_cut_pairs: a month was compared with another than the one before it",
        ),
        equal(
            "marts-exits-counted", "exits", "exits", "exited",
            "Every exit on record is in one exit cohort of the nation and of its county",
            "Compare zone.return_rates with int_exits: a place is in no area, or in two of a kind",
        ),
        none_of(
            "marts-returns-ordered", "exits", "disordered",
            "Of an exit cohort no more came back within the window than came back at all, nor than exited",
            "Look at zone.return_rates for the area named",
        ),
        none_of(
            "marts-no-personal-column", "columns", "personal",
            "No column of a mart is a birth date, resident number, person hash, name, phone or the like",
            _PERSONAL,
        ),
        none_of(
            "marts-no-restricted-tag-on-households", "columns", "zone_tag",
            "No household row carries a zone", _PERSONAL,
        ),
        rows_from(
            "marts-columns-listed", "columns", 1, None,
            "The marts have columns to look at", "Build the marts of this night",
        ),
        filled(
            AUDIT_CHECK, "audited", "content",
            "The content that this gate judged has a hash, which publishing compares", _REBUILD, tell=True,
        ),
        *explained.of_marts_blocking(),
        *before.of_marts_blocking(),
    ]  # fmt: skip


def advisory() -> list[Check]:
    """What a person should look at in the morning."""
    return [
        none_of(
            "marts-empty", "tables", "empty",
            "Every mart has rows", "Nothing was sent for the marts named so far, or their model loses it",
        ),
        *before.of_marts(),
    ]  # fmt: skip


@cache
def grains(models: Path = MODELS) -> dict[str, tuple[str, ...]]:
    """The grain of each judged mart, by "schema.table", as its description states it."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(models.glob("*/*.yml")):
        content: dict[str, Any] = load_yaml(path.read_text(encoding="utf-8")) or {}
        for model in content.get("models", []):
            schema, _, table = model["name"].partition("__")
            if schema in AUDITED_SCHEMAS and table:
                found[f"{schema}.{table}"] = tuple(model["config"]["meta"]["grain"])
    return found


def prepare(scratch: Scratch) -> None:
    """Attach the warehouse and the marts published before, read-only."""
    attach_warehouse(scratch)
    before.attach_published_before(scratch)


def _tables(scratch: Scratch) -> str:
    parts = []
    for name, grain in grains().items():
        schema, table = name.split(".")
        if columns_of(scratch, "w", schema, table):
            key = ", ".join(f'"{column}"' for column in grain)
            parts.append(
                f"select {literal(name)} as scope, 0 as absent, cast(count(*) - count(distinct ({key})) as bigint)"
                f" as repeated, cast(count(*) = 0 as integer) * {int(name not in _MAY_BE_EMPTY)} as empty"
                f" from w.{schema}.{table}"
            )
        else:
            parts.append(f"select {literal(name)}, 1, 0, 1")
    return " union all ".join(parts)


#: Net income from its parts, stated here a second time on purpose; a household with a part unknown counts nothing.
_INCOME = """coalesce(sum(
    wage_income + business_income + property_income + transfer_income - production_costs), 0)"""


def _counties(_: Scratch) -> str:
    return f"""
        with warehouse as (
            select h.county_id, count(*) as households, coalesce(sum(p.persons), 0) as persons,
                {_INCOME} as income, count(k.held_since_night) as held,
                count(*) filter (where s.in_need) as in_need
            from w.intermediate.int_households as h
            left join (
                select household_key, count(*) as persons from w.intermediate.int_persons
                where cut_id = 'night' and is_member group by household_key
            ) as p using (household_key)
            left join w.intermediate.int_household_holds as k using (cut_id, household_key)
            left join w.intermediate.int_household_status as s using (cut_id, household_key)
            where h.cut_id = 'night' group by h.county_id
        ),
        members as (select household_key, count(*) as n from w.household.members group by household_key),
        mart as (
            select county_id, count(*) as mart_households, coalesce(sum(members), 0) as mart_persons,
                coalesce(sum(m.n), 0) as mart_members, coalesce(sum(net_income), 0) as mart_income,
                count(*) filter (where held) as mart_held, count(*) filter (where in_need) as mart_in_need,
                count(*) filter (where provisional and not (held and in_need)) as hidden_by_holding
            from w.household.households as h left join members as m using (household_key) group by county_id
        )
        select 'county ' || county_id as scope,
            coalesce(households, 0) as households, coalesce(mart_households, 0) as mart_households,
            coalesce(persons, 0) as persons, coalesce(mart_persons, 0) as mart_persons,
            coalesce(mart_members, 0) as mart_members, coalesce(income, 0) as income,
            coalesce(mart_income, 0) as mart_income, coalesce(held, 0) as held, coalesce(mart_held, 0) as mart_held,
            coalesce(in_need, 0) as in_need, coalesce(mart_in_need, 0) as mart_in_need,
            coalesce(hidden_by_holding, 0) as hidden_by_holding
        from warehouse full join mart using (county_id) order by scope
    """


def _causes(_: Scratch) -> str:
    return """
        select concat_ws(' ', area_kind, area_code, strftime(month, '%Y-%m'), vintage) as scope,
            coalesce(sum(main_percent), 0) as percent, sum(main_households) as by_cause, max(households) as households
        from w.zone.cause_profile group by area_kind, area_code, month, vintage
        having max(households) > 0 order by scope
    """


def _zones(scratch: Scratch) -> str:
    night = f"date '{scratch.night:%Y-%m-%d}'"
    return f"""
        with places as (
            select place_code, count(*) as households from w.intermediate.int_households
            where cut_id = 'night' group by place_code
        ),
        in_force as (
            select distinct zp.zone_id, zp.place_code as prefix
            from w.seeds.zone_places as zp inner join w.seeds.zones as z using (zone_id)
            where not z.restricted
                and {night} >= greatest(zp.valid_from, z.valid_from, date '0001-01-01')
                and {night} <= least(zp.valid_to, z.valid_to, date '9999-12-31')
        ),
        expected as (
            select zone_id, sum(households) as n from (
                select distinct f.zone_id, p.place_code, p.households
                from places as p inner join in_force as f on starts_with(p.place_code, f.prefix)
            ) group by zone_id
        ),
        placed as (
            select z.zone_id, sum(p.households) as n
            from w.zone.place_zones as z inner join places as p using (place_code) group by z.zone_id
        )
        select 'zone ' || zone_id as scope, coalesce(e.n, 0) as expected, coalesce(p.n, 0) as placed
        from expected as e full join placed as p using (zone_id) order by scope
    """


_FIGURES_OF_AREAS = (
    "poverty_monthly", "cause_profile", "deprivations_monthly", "measure_uptake", "movements_monthly",
    "change_explained", "return_rates",
)  # fmt: skip


def _restricted(_: Scratch) -> str:
    shown = [
        "select zone_id from w.zone.place_zones",
        "select zone_id from w.zone.practices",
        *(f"select area_code from w.zone.{table} where area_kind = 'zone'" for table in _FIGURES_OF_AREAS),
    ]
    return (
        "select 'zone ' || z.zone_id as scope, count(s.zone_id) as shown from w.seeds.zones as z"
        f" left join ({' union all '.join(shown)}) as s using (zone_id) where z.restricted group by z.zone_id"
    )


def _poverty(_: Scratch) -> str:
    return """
        select concat_ws(' ', area_kind, area_code, strftime(month, '%Y-%m')) as scope,
            count(*) filter (where not coalesce(
                poverty_severity between 0 and poverty_gap and poverty_gap <= share_of_registered_below_line
                and share_of_registered_below_line <= 1, known_income = 0
            ) or not coalesce(gini_among_registered between 0 and 1, true)) as disordered
        from w.zone.poverty_monthly group by area_kind, area_code, month order by scope
    """


def _registered(_: Scratch) -> str:
    return """
        with mart as (
            select area_kind, area_code, max(registered) as registered from w.zone.poverty_monthly
            where vintage = 'running' and weight = 'households'
                and line = 'poverty_line' and income = 'after_assistance'
                and month = (select date_trunc('month', state_on) from w.intermediate.int_cuts where cut_id = 'night')
            group by area_kind, area_code
        ),
        counted as (
            select county_code, household_key from w.household.households where status not in ('applicant', 'refused')
        ),
        warehouse as (
            select 'county' as area_kind, county_code as area_code, count(*) as households
            from counted group by county_code
            union all select 'nation', 'CN', count(*) from counted having count(*) > 0
        )
        select area_kind || ' ' || area_code as scope, h.households, coalesce(m.registered, 0) as registered
        from warehouse as h left join mart as m using (area_kind, area_code) order by scope
    """


def _exits(_: Scratch) -> str:
    return """
        with mart as (
            select area_kind, area_code, sum(exited) as exited,
                count(*) filter (where returned_within_window > returned or returned > exited) as disordered
            from w.zone.return_rates group by area_kind, area_code
        ),
        on_record as (
            select 'county' as area_kind, left(place_code, 6) as area_code, count(*) as exits
            from w.intermediate.int_exits group by all
            union all select 'nation', 'CN', count(*) from w.intermediate.int_exits having count(*) > 0
        )
        select area_kind || ' ' || area_code as scope, coalesce(r.exits, m.exited) as exits,
            coalesce(m.exited, 0) as exited, coalesce(m.disordered, 0) as disordered
        from mart as m full join on_record as r using (area_kind, area_code) order by scope
    """


#: What came and what left, stated here a second time on purpose.
_CAME = "first_reported + entered + returned + moved_in + split_in + merged_in"
_LEFT = "exited + closed + moved_out + split_out + merged_out"


def _movements(_: Scratch) -> str:
    """A zone's or a township's list of places may change between two months: its opening stock is not compared.

    Households are counted where they were worked out tonight; a month taken over whole was judged on its night.
    """
    return f"""
        with counted as (
            select c.month, c.vintage, a.area_kind, a.area_code, count(*) as households
            from w.intermediate.int_household_status as s
            inner join w.intermediate.int_households as h using (cut_id, household_key)
            inner join w.intermediate.int_cuts as c using (cut_id)
            inner join w.intermediate.int_place_areas as a using (cut_id, place_code)
            where s.status not in ('applicant', 'refused', 'monitored', 'exited')
            group by all
        ),
        mart as (
            select *, opening + {_CAME} - ({_LEFT}) as expected, vintage = 'restated' as restated
            from w.zone.movements_monthly
        ),
        months_before as (select * from mart)
        select concat_ws(' ', area_kind, area_code, strftime(month, '%Y-%m'), vintage) as scope,
            coalesce(m.expected, 0) as expected, coalesce(m.closing, 0) as closing,
            case when o.cut_id is null then coalesce(m.closing, 0) else coalesce(n.households, 0) end as counted,
            coalesce(m.opening, 0) as opening,
            case when area_kind in ('nation', 'region', 'province', 'county')
                then coalesce(l.closing, 0) else coalesce(m.opening, 0) end as last_closing
        from mart as m
        full join counted as n using (month, vintage, area_kind, area_code)
        left join w.intermediate.int_open_cuts as o using (month, vintage)
        left join months_before as l
            on l.area_kind = m.area_kind and l.area_code = m.area_code
            and l.month = m.month - interval 1 month and l.restated = m.restated
        order by scope
    """


def _columns(_: Scratch) -> str:
    schemas = ", ".join(literal(schema) for schema in AUDITED_SCHEMAS)
    exact = "column_name in ('name', 'birth_date', 'person_key', 'identity_check', 'id_number', 'staff_name')"
    return (
        "select concat_ws('.', schema_name, table_name, column_name) as scope,"
        f" cast({exact} or {identifier('column_name')} as integer) as personal,"
        " cast(schema_name = 'household' and table_name <> 'recommended_measures'"
        " and contains(column_name, 'zone') as integer) as zone_tag"
        f" from duckdb_columns() where database_name = 'w' and schema_name in ({schemas}) order by scope"
    )


def _audited(scratch: Scratch) -> str:
    content = combined(table_hashes(scratch.connection, AUDITED_SCHEMAS, database="w"))
    return f"select 'marts' as scope, {literal(content)} as content"


MEASURES: dict[str, Measure] = {
    "tables": _tables,
    "counties": _counties,
    "causes": _causes,
    "zones": _zones,
    "restricted": _restricted,
    "poverty": _poverty,
    "registered": _registered,
    "exits": _exits,
    "movements": _movements,
    "columns": _columns,
    "audited": _audited,
    **before.MARTS,
    **explained.MARTS,
}
