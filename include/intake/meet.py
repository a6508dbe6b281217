"""meet: finds for a whole night what one batch cannot see: persons of other counties, staff and units of any office.

One pass over lake/read of the night and lake/accepted of earlier nights, after the last batch was received and before
the first is checked, so that findings do not depend on how submitters are split into batches. Writes lake/met/persons
(rows of the night whose person another county has too; no hash), lake/met/staff and lake/met/units (ids known), and
lake/met/samples (an assessor's rows that name a household which no county ever registered). lake/met/pairings says of
which two provinces a pairing is. lake/met/near has the rows of the night whose person may be in another household too,
where no number can tell (include.intake.near).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb

from include.contract import Contract, contract
from include.duck import connect, literals
from include.files import write_parquet
from include.home import Home
from include.intake import cell_macros, known, near, typed
from include.intake.context_tables import STAYS
from include.intake.known import IN_FORCE
from include.result import Result
from include.rules.contexts import LIVE
from include.rules.facts import load_facts
from include.settings import Settings

LIVES_HERE = f"{STAYS} and (household_key is null or household_key not in (from closed_households))"
"""Whose row says of a member that stays, in a household that is not closed: who moved is told of where they came to."""
TOLD_TONIGHT = f"{LIVES_HERE} and operation is distinct from 'close'"
"""Which rows of the table tonight are members."""
STILL_TOLD = f"""{IN_FORCE} and {LIVES_HERE}
    and not exists (select 1 from tonight t where t.county_id = a.county_id and t._row_key = a._row_key)
    and not exists (select 1 from last_full f where f.county_id = a.county_id and f.dataset = 'households'
        and not exists (select 1 from sent_households h
            where h.attempt_id = f.attempt_id and h.household_id = a.household_id))"""
"""Which of the newest accepted rows `a` are members still, by what was sent tonight."""


def meet(home: Home, settings: Settings, night: date, score: near.Scorer | None = None) -> Result:
    """Write what a night's batches need to know of each other; the counts are of persons' rows met, staff and units.

    Every batch of the night must be received. A rerun writes the same bytes. Without `score` no near match is looked
    for: so a clerk's own check, which has neither other offices' persons nor splink.
    """
    notes: tuple[str, ...] = ()
    with connect(settings) as connection:
        load_persons(connection, home, night)
        counts = {"persons": write_parquet(connection, _MET, known.met_file(home, night, "persons"))}
        connection.execute(f"create or replace temp table near as {near.NOTHING}")
        if score:
            earlier = known.earlier_files(home, night, "households")
            left = near.find(connection, night, (TOLD_TONIGHT, STILL_TOLD), earlier, score)
            if left.blocks:
                notes = (f"near matches: {left.blocks} birth dates too common to be compared, {left.persons} persons",)
            if left.households:
                notes += (f"near matches: {left.households} households of too many members to be compared",)
        near_file = known.met_file(home, night, "near")
        counts["near"] = write_parquet(connection, "select * from near order by all", near_file)
        for name, key in known.SHARED.items():
            _sent(connection, home, night, contract(name), ())
            ids = _ids(name, key, known.earlier_files(home, night, name))
            counts[name] = write_parquet(connection, ids, known.met_file(home, night, name))
        _sent(connection, home, night, contract("samples"), ("household_id", "county_code"))
        strangers = _strangers(known.earlier_files(home, night, "households"))
        counts["samples"] = write_parquet(connection, strangers, known.met_file(home, night, "samples"))
        _sent(connection, home, night, contract("pairings"), ("helper_place_code", "helped_place_code"))
        pairs = pairs_of(known.earlier_files(home, night, "pairings"))
        counts["pairings"] = write_parquet(connection, pairs, known.met_file(home, night, "pairings"))
    return Result("meet", night, counts=counts, notes=notes)


def load_persons(connection: duckdb.DuckDBPyConnection, home: Home, night: date) -> None:
    """Make the facts, attempts, sent_persons, sent_households, closed_households, before, counted, tonight, places."""
    load_facts(connection, known_on=night)
    cell_macros.install(connection)
    typed.set_variables(connection)
    known.load_attempts(connection, home, night)
    _sent(connection, home, night, contract("persons"), ("change_kind", "birth_date", "sex"))
    _sent(connection, home, night, contract("households"), ("village_code",))
    _closed(connection, known.earlier_files(home, night, "households"))
    _places(connection, known.earlier_files(home, night, "persons"))


def _sent(
    connection: duckdb.DuckDBPyConnection, home: Home, night: date, item: Contract, wanted: tuple[str, ...]
) -> None:
    """sent_<dataset>: the night's rows, with no more columns typed than what tells that a row counts, and `wanted`."""
    needed = {*item.key, *wanted, "operation", *(fault.column for fault in known.rejecting_faults(item).values())}
    narrow = replace(item, columns=tuple(c for c in item.columns if c.name in needed or c.hashed))
    rows = known.typed_rows(narrow, known.night_files(home, "read", night, item.name))
    connection.execute(
        f"""create or replace temp table sent_{item.name} as
        select columns(lambda name: name not in $unread) from ({rows})""",
        {"unread": _UNREAD},
    )


_UNREAD = ["night", *typed.IDENTITY[1:], "_round", "_unreadable", "_faulty", "_faults"]
"""What no question here asks for: a nation's rows lie in memory, all at once."""


def _closed(connection: duckdb.DuckDBPyConnection, earlier: list[str]) -> None:
    """closed_households: those of which the last word is that they are closed, tonight's before any earlier one."""
    columns = 'household_key, operation, as_of, known_at, number, file, "row"'
    words = f"select {columns}, true as is_tonight from sent_households where _reject is null"
    if earlier:
        words += f" union all select {columns}, false from read_parquet({literals(earlier)}, union_by_name = true)"
    connection.execute(
        f"""create or replace temp table closed_households as
        with words as ({words})
        select household_key from (
            select * from words semi join (select household_key from words where operation = 'close')
                using (household_key)
            qualify row_number() over (partition by household_key order by is_tonight desc, as_of desc, known_at desc,
                number desc, file desc, "row" desc) = 1
        ) where operation = 'close'"""
    )


def _places(connection: duckdb.DuckDBPyConnection, earlier: list[str]) -> None:
    """places: for each person met in more than one county, and each of them, the first and last household there.

    Of a county's packages of the night the last word on each row counts, and nothing before its last full one. What was
    accepted before counts where tonight says nothing of the row, but not where a full package leaves the whole
    household out, since that is a finding of its own.
    """
    persons = contract("persons")
    run = connection.execute
    run(
        """create or replace temp table last_full as
        select a.county_id, b.dataset, max(a.number) as number, max_by(a.attempt_id, a.number) as attempt_id
        from attempts a join brought b using (attempt_id) where a.kind = 'full' group by all"""
    )
    accepted = ", ".join(f'"{column}"' for column in typed.typed_columns(persons))
    rows = f"select {accepted} from ({typed.empty_query(persons)})"
    if earlier:
        rows = f"select {accepted} from read_parquet({literals(earlier)}, union_by_name = true)"
    run(
        f"create or replace temp view before as select *, {typed.row_key_sql(persons, 'x')} as _row_key from ({rows}) x"
    )
    run(
        f"""create or replace temp view now_persons as
        select * from sent_persons where person_key is not null and {LIVE} and {LIVES_HERE}"""
    )
    run(
        """create or replace temp table crossing as
        select person_key from (
            select person_key, county_id from now_persons
            union all
            select person_key, county_id from before semi join now_persons using (person_key)
        ) group by person_key having min(county_id) <> max(county_id)"""
    )
    run(
        """create or replace temp view counted as
        select s.* from sent_persons s left join last_full f on f.county_id = s.county_id and f.dataset = 'persons'
        where s._row_key is not null and s._reject is null and s.number >= coalesce(f.number, 0)"""
    )
    run(
        """create or replace temp table twice as
        select county_id, _row_key from counted group by all having count(*) > 1"""
    )
    run(
        """create or replace temp view tonight as
        select * from counted anti join twice using (county_id, _row_key)
        union all
        select * from counted semi join twice using (county_id, _row_key)
        qualify row_number() over (partition by county_id, _row_key order by number desc, file desc, "row" desc) = 1"""
    )
    run(
        f"""create or replace temp table places as
        with accepted as (
            select x.* from before x semi join (
                select county_id, _row_key from before semi join crossing using (person_key)
            ) using (county_id, _row_key)
            qualify {known.newest(persons)}
        )
        select person_key, county_id, min(household_key) as first_household, max(household_key) as last_household
        from (
            select person_key, county_id, household_key from tonight where {TOLD_TONIGHT}
            union all
            select person_key, county_id, household_key from accepted a where {STILL_TOLD}
        ) semi join crossing using (person_key)
        group by person_key, county_id"""
    )


_MET = """
    select n.attempt_id, n.file, n."row", min(p.first_household) as first_household,
        max(p.last_household) as last_household
    from now_persons n join places p on p.person_key = n.person_key and p.county_id <> n.county_id
    group by all order by all"""


def _ids(name: str, key: str, earlier: list[str]) -> str:
    """Every id of a dataset that was ever accepted or is sent tonight."""
    sent = f"select {key} from sent_{name} where _reject is null"
    accepted = f"select {key} from read_parquet({literals(earlier)}, union_by_name = true)"
    return f"""select distinct {key} from ({" union all ".join([sent, *([accepted] if earlier else [])])})
        where {key} is not null order by {key}"""


def _strangers(earlier: list[str]) -> str:
    """Rows of samples whose household was never accepted and is not sent tonight."""
    sent = "select household_key from sent_households where _reject is null"
    accepted = f"select household_key from read_parquet({literals(earlier)}, union_by_name = true)"
    return f"""select attempt_id, file, "row" from sent_samples s where household_key is not null and not exists (
        select 1 from ({" union all ".join([sent, *([accepted] if earlier else [])])}) h
        where h.household_key = s.household_key) order by all"""


def pairs_of(earlier: list[str]) -> str:
    """SQL of pairing_id, its helping and its helped province; needs the tables sent_pairings and facts_pairings.

    As the national list has it, else as one of the two told. Who told of it before tonight is believed before who tells
    of it tonight, and the helped side before the helper; so nobody takes over a pairing that stands, and a side still
    corrects its own word.
    """
    columns = """submitter, county_id, pairing_id, left(helper_place_code, 2) as helper_province,
        left(helped_place_code, 2) as helped_province, operation, as_of, known_at, "row", file, number"""
    words = f"select {columns}, true as is_tonight from sent_pairings where _reject is null"
    if earlier:
        words += f" union all select {columns}, false from read_parquet({literals(earlier)}, union_by_name = true)"
    return f"""
        with words as ({words}), told as (
            select *, bool_or(not is_tonight) over (partition by county_id, pairing_id) as stood from words
            qualify row_number() over (partition by county_id, pairing_id order by is_tonight desc, as_of desc,
                known_at desc, number desc, file desc, "row" desc) = 1
        )
        select pairing_id, helper_province, helped_province from (
            select *, true as listed, true as stood, true as by_helped, null as submitter from facts_pairings
            union all
            select pairing_id, helper_province, helped_province, false, stood,
                left(submitter, 2) = helped_province, submitter
            from told
            where operation = 'upsert' and left(submitter, 2) in (helper_province, helped_province)
        )
        qualify row_number() over (
            partition by pairing_id order by listed desc, stood desc, by_helped desc, submitter) = 1
        order by pairing_id"""
