"""Which help fits and which does not, worked out from the truth of a night and the rulebook of the seeds alone.

Stated a second time on purpose and in few words, so that the marts have something to be compared with: a cause is
served by any offer of a measure that a rule of its place names for it; a measure answers its household when a rule of
the place names it for a cause, a condition that is not met, or for everybody.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import duckdb

from include.country.facts import standard
from include.seeds import SEEDS

HEADER = ("submitter", "household_id", "misfit", "about", "planted")
Misfit = tuple[str, str, str, str]
"""Submitter, household, kind, and the cause or the measure's number."""

_FULL_AGE = "date_part('year', age($night::date, p.birth_date))"
_MISFITS = f"""
with households as (select * from read_parquet($truth || '/households.parquet') where in_need),
persons as (
    select * from read_parquet($truth || '/persons.parquet') where coalesce(change_kind, '') not like '2%'
),
measures as (
    select m.* from read_parquet($truth || '/measures.parquet') as m
    semi join households as h on h.county_code = m.county_code and h.household_id = m.household_id
),
reasons as (
    select county_code, household_id, village_code, 'cause' as kind,
        unnest(list_distinct(string_split(concat_ws(',', main_cause, other_causes), ','))) as reason
    from households
    union all
    select county_code, household_id, village_code, 'condition', unnest(list_concat(
        ['any'],
        if(net_income_per_head < line, ['income'], []),
        if(not food_clothing_secure, ['food_clothing'], []),
        if(housing_grade in ('C', 'D'), ['housing'], []),
        if(not water_safe, ['water'], [])
    ))
    from households inner join lines using (county_code)
    union
    select h.county_code, h.household_id, h.village_code, 'condition', unnest(list_concat(
        if(p.schooling = '01' and coalesce(p.education, '') not in ('3', '4', '5')
            and {_FULL_AGE} between 7 and 15, ['schooling'], []),
        if(not p.medical_insurance or not p.serious_illness_insurance, ['medical_cover'], [])
    ))
    from households as h inner join persons as p using (county_code, household_id)
),
-- National rules, and those of the zones that lie over the village and anybody may name.
rules as (
    select r.*, null as prefix from read_csv($seeds || '/rulebook.csv', all_varchar = true) as r
    where r.scope_kind = 'national' and r.valid_from <= $night and coalesce(r.valid_to, '9999') >= $night
    union all
    select r.*, z.place_code from read_csv($seeds || '/rulebook.csv', all_varchar = true) as r
    inner join read_csv($seeds || '/zone_places.csv', all_varchar = true) as z on r.scope_code = z.zone_id
    inner join read_csv($seeds || '/zones.csv', all_varchar = true) as named on named.zone_id = z.zone_id
    where r.scope_kind = 'zone' and r.valid_from <= $night and coalesce(r.valid_to, '9999') >= $night
        and coalesce(z.valid_from, '') <= $night and coalesce(z.valid_to, '9999') >= $night
        and named.restricted = 'false'
),
named as (
    select n.*, r.measure_code, r.scope_kind, r.offer, r.alternative_measure_code
    from reasons as n inner join rules as r
        on r.condition_kind = n.kind and r.condition_code = n.reason
        and (r.prefix is null or starts_with(n.village_code, r.prefix))
),
-- What one zone declares unavailable another may still offer; a national must is a floor.
judged as (
    select county_code, household_id, kind, reason, measure_code,
        bool_or(offer <> 'unavailable_here' and scope_kind = 'zone')
        or bool_or(offer = 'must_offer' and scope_kind = 'national')
        or not bool_or(offer = 'unavailable_here') as offered,
        max(alternative_measure_code) as instead
    from named group by all
),
fitting as (
    select county_code, household_id, kind, reason, measure_code from judged where offered
    union
    select county_code, household_id, kind, reason, instead from judged where not offered and instead is not null
)
select r.county_code, r.household_id, 'cause_unserved', r.reason
from (select distinct county_code, household_id, reason from reasons where kind = 'cause') as r
where not exists (
    select 1 from fitting as f inner join measures as m using (county_code, household_id, measure_code)
    where f.county_code = r.county_code and f.household_id = r.household_id and f.kind = 'cause' and f.reason = r.reason
)
union all
select m.county_code, m.household_id, 'answers_no_reason', m.measure_id
from measures as m anti join fitting as f using (county_code, household_id, measure_code)
union all
select county_code, household_id, 'double_benefit', measure_id
from measures where delivered_on is not null
qualify delivered_on - lag(delivered_on) over (
    partition by county_code, household_id, measure_code, coalesce(person_no, 0) order by delivered_on, measure_id
) < $days
order by all
"""


def misfits(truth: Path, night: date, lines: Iterable[tuple[str, int]]) -> list[Misfit]:
    """Every misfit of a night, in order; `lines` are the counties' poverty lines in yuan by their code.

    `truth` is the folder of the night. Raises duckdb.Error when a table of it is missing.
    """
    with duckdb.connect() as connection:
        connection.execute("create table lines (county_code varchar, line integer)")
        connection.executemany("insert into lines values (?, ?)", list(lines))
        days = int(standard("double_benefit_days", "CN", night))
        asked = {"truth": str(truth), "seeds": str(SEEDS), "night": night.isoformat(), "days": days}
        return connection.execute(_MISFITS, asked).fetchall()


def write(out: Path, found: Sequence[Misfit], planted: Sequence[Misfit]) -> None:
    """Write truth/misfits.csv: every misfit of the first night, and which of them were planted.

    Raises ValueError when one that was planted is none.
    """
    there = set(found)
    if missing := [misfit for misfit in planted if misfit not in there]:
        raise ValueError(f"planted and no misfit: {missing}")
    path = out / "truth" / "misfits.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows([*misfit, str(misfit in planted).lower()] for misfit in found)
