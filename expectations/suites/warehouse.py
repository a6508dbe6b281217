"""warehouse: the current state in `intermediate` is what the lake says, worked out a second time from the lake."""

from __future__ import annotations

from expectations.checks import Check, equal, none_of, rows_from
from expectations.measure import Measure, Scratch, attach_warehouse
from include.clocks import known_at
from include.duck import literal

_REBUILD = "Rebuild staging and intermediate of this night; if it stands, look at the model named against the lake"

#: Keys of the tables that everything else is joined to.
KEYS = {
    "int_households": ("cut_id", "household_key"),
    "int_persons": ("cut_id", "household_key", "person_no"),
    "int_household_versions": ("household_key", "as_of", "known_at", "number", "row"),
    "int_person_versions": ("household_key", "person_no", "as_of", "known_at", "number", "row"),
    "int_measure_versions": ("county_id", "measure_id", "as_of", "known_at", "number", "row"),
    "int_cuts": ("cut_id",),
}
#: Tables that have one row for each household of int_households.
BESIDE_HOUSEHOLDS = ("int_household_status", "int_household_members", "int_household_incomes")
#: Tables whose rows belong to a household of int_households.
OF_HOUSEHOLDS = ("int_persons", "int_household_causes", "int_household_conditions")


def blocking() -> list[Check]:
    """What stops the build of the marts."""
    return [
        rows_from(
            "warehouse-night-is-cut", "night_cut", 1, 1,
            "The warehouse was built for this night and its cut-off", "Build staging and intermediate for this night",
        ),
        none_of(
            "warehouse-households-complete", "households", "missing",
            "Every accepted household that is not closed is a current household", _REBUILD,
        ),
        none_of(
            "warehouse-households-none-extra", "households", "extra",
            "No current household is there that the lake does not have in force", _REBUILD,
        ),
        equal(
            "warehouse-households-as-accepted", "households", "lake_current", "warehouse_current",
            "Each county has as many accepted current households as the lake has in force", _REBUILD,
        ),
        none_of(
            "warehouse-held-are-shown", "held", "invisible",
            "Every household held tonight is in the warehouse, as it last stood or as provisional",
            "A held household must stay visible: look at int_provisional_households for the county named",
        ),
        none_of(
            "warehouse-held-are-marked", "held", "unmarked",
            "Every household held tonight is marked held", "Look at int_open_holds for the county named",
        ),
        none_of(
            "warehouse-keys-unique", "keys", "repeated",
            "Versions and current rows are unique by their key", "Look at the model named: a join doubles rows",
        ),
        none_of(
            "warehouse-rows-have-a-household", "orphans", "orphans",
            "Every member, cause and condition belongs to a household", _REBUILD,
        ),
        equal(
            "warehouse-one-row-beside-each-household", "companions", "households", "rows",
            "Status, members and incomes have one row for each household and cut", _REBUILD,
        ),
    ]  # fmt: skip


def advisory() -> list[Check]:
    """What a person should look at in the morning."""
    return [
        none_of(
            "warehouse-places-known", "places", "unknown",
            "Every household lies in a county that the seed of places knows",
            "Add the place to dbt_project/seeds/places.csv with its source",
        ),
    ]  # fmt: skip


def prepare(scratch: Scratch) -> None:
    """Attach the warehouse; work out the households in force from the lake's files, without the warehouse."""
    attach_warehouse(scratch)
    connection = scratch.connection
    night, cut_off = f"date '{scratch.night:%Y-%m-%d}'", f"timestamp '{known_at(scratch.night)}'"
    columns = "county_id, household_key, operation, as_of, known_at, number, row"
    connection.execute(
        f"create temp table in_force as select county_id, household_key from ("
        f"  select {columns}, row_number() over (partition by household_key"
        "     order by as_of desc, known_at desc, number desc, row desc) as recency"
        f"  from {_all_nights(scratch, 'accepted', columns)}"
        f"  where as_of <= {night} and known_at <= {cut_off} and household_key is not null)"
        " where recency = 1 and operation <> 'close'"
    )
    held = "county_id, household_key, operation, number, night"
    connection.execute(
        "create temp table held_tonight as select distinct h.county_id, h.household_key"
        f" from {_all_nights(scratch, 'held', held)} as h where h.night = {night} and h.household_key is not null"
        "   and coalesce(h.operation, 'upsert') <> 'close'"
        f"  and not exists (select 1 from {_all_nights(scratch, 'accepted', held)} as a"
        "     where a.household_key = h.household_key and a.number > h.number)"
        # One that was held and then closed goes when an office decided so: tests/held_households_stay.sql asks that.
        f"  and not exists (select 1 from {_all_nights(scratch, 'held', held)} as c"
        "     where c.household_key = h.household_key and c.number > h.number and c.operation = 'close')"
    )


def _all_nights(scratch: Scratch, kind: str, columns: str) -> str:
    files = sorted((scratch.home.lake / kind / "households").glob("night=*/*.parquet"))
    files = [file for file in files if file.parent.name <= f"night={scratch.night:%Y-%m-%d}"]
    if not files:
        types = {"as_of": "date", "known_at": "timestamp", "number": "integer", "row": "bigint", "night": "date"}
        nothing = ", ".join(f"cast(null as {types.get(name, 'varchar')}) as {name}" for name in columns.split(", "))
        return f"(select {nothing} where false)"
    listed = ", ".join(literal(file.absolute()) for file in files)
    return f"(select {columns} from read_parquet([{listed}], union_by_name = true, hive_partitioning = false))"


def _night_cut(scratch: Scratch) -> str:
    return (
        "select cut_id as scope from w.intermediate.int_cuts where cut_id = 'night'"
        f" and state_on = date '{scratch.night:%Y-%m-%d}' and known_by = timestamp '{known_at(scratch.night)}'"
    )


def _households(_: Scratch) -> str:
    return """
        with shown as (
            select county_id, household_key from w.intermediate.int_households
            where cut_id = 'night' and not provisional and not close_undecided
        ),
        both_sides as (
            select coalesce(l.county_id, c.county_id) as county_id,
                l.household_key as in_lake, c.household_key as in_warehouse
            from in_force as l full join shown as c on l.household_key = c.household_key
        )
        select 'county ' || county_id as scope,
            count(in_lake) as lake_current, count(in_warehouse) as warehouse_current,
            count(*) filter (where in_warehouse is null) as missing, count(*) filter (where in_lake is null) as extra
        from both_sides group by county_id order by scope
    """


def _held(_: Scratch) -> str:
    return """
        select 'county ' || h.county_id as scope, count(*) as held,
            count(*) filter (where w.household_key is null) as invisible,
            count(*) filter (where w.household_key is not null and not w.held) as unmarked
        from held_tonight as h
        left join w.intermediate.int_households as w on w.household_key = h.household_key and w.cut_id = 'night'
        group by h.county_id order by scope
    """


def _keys(scratch: Scratch) -> str:
    return " union all ".join(
        f"select '{table}' as scope, cast(count(*) - count(distinct ({', '.join(key)})) as bigint) as repeated"
        f" from w.intermediate.{table}"
        for table, key in KEYS.items()
    )


def _orphans(_: Scratch) -> str:
    return " union all ".join(
        f"select '{table}' as scope, count(*) as orphans from w.intermediate.{table} as t where not exists ("
        "  select 1 from w.intermediate.int_households as h"
        "  where h.cut_id = t.cut_id and h.household_key = t.household_key)"
        for table in OF_HOUSEHOLDS
    )


def _companions(_: Scratch) -> str:
    return " union all ".join(
        f"select '{table} ' || h.cut_id as scope, count(*) as households,"
        " count(t.household_key) filter (where t.n = 1) as rows"
        " from w.intermediate.int_households as h"
        f" left join (select cut_id, household_key, count(*) as n from w.intermediate.{table} group by all) as t"
        " using (cut_id, household_key) group by h.cut_id"
        for table in BESIDE_HOUSEHOLDS
    )


def _places(_: Scratch) -> str:
    return """
        select 'county ' || h.county_id as scope, count(*) filter (where p.place_code is null) as unknown
        from w.intermediate.int_households as h
        left join (select distinct place_code from w.seeds.places where level = 'county') as p
            on p.place_code = h.county_code
        where h.cut_id = 'night' group by h.county_id order by scope
    """


MEASURES: dict[str, Measure] = {
    "night_cut": _night_cut,
    "households": _households,
    "held": _held,
    "keys": _keys,
    "orphans": _orphans,
    "companions": _companions,
    "places": _places,
}
