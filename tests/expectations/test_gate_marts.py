"""Each check of the warehouse and marts gates fails on the fault it is there for, and on no other."""

from __future__ import annotations

import pytest

from tests.expectations.conftest import Judged

FIRST = "household_key = (select min(household_key) from household.households where not held and status = 'registered')"
A_CAUSE = "area_kind = 'nation' and cause = (select min(cause) from zone.cause_profile where area_kind = 'nation')"

#: What is done to the marts, and exactly the checks that must fail then.
MARTS: dict[str, tuple[list[str], set[str]]] = {
    "a household is lost": (
        [
            f"create temp table gone as select household_key from household.households where {FIRST}",
            "delete from household.members where household_key in (from gone)",
            f"delete from household.households where {FIRST}",
        ],
        {
            "marts-households-by-county", "marts-persons-by-county", "marts-members-by-county",
            "marts-income-by-county", "marts-in-need-by-county", "marts-poverty-counts-the-registered",
        },
    ),
    "figures are changed": (
        [
            f"update household.households set net_income = net_income + 0.01 where {FIRST}",
            "delete from household.members where rowid = (select min(rowid) from household.members)",
            f"update zone.cause_profile set main_percent = main_percent + 1 where {A_CAUSE}",
            "update zone.poverty_monthly set poverty_gap = 0.9, poverty_severity = 0.95 where area_kind = 'nation'",
            "delete from zone.place_zones where rowid = (select min(rowid) from zone.place_zones)",
        ],
        {
            "marts-income-by-county", "marts-members-by-county", "marts-main-causes-sum-to-100",
            "marts-poverty-ordered", "marts-zones-exact",
        },
    ),
    "holding hides people": (
        [
            "update household.households set in_need = false where provisional",
            f"update household.households set held = true where {FIRST}",
            f"update zone.cause_profile set main_households = main_households + 1 where {A_CAUSE}",
            "update zone.poverty_monthly set registered = registered + 1 where area_kind = 'nation'",
            f"update household.households set members = members + 1 where {FIRST}",
        ],
        {
            "marts-holding-hides-nobody", "marts-in-need-by-county", "marts-held-by-county",
            "marts-main-causes-count-households", "marts-poverty-counts-the-registered", "marts-persons-by-county",
        },
    ),
    "stocks and flows do not balance": (
        [
            "update zone.movements_monthly set entered = entered + 1 where area_kind = 'nation'",
            "update zone.movements_monthly set opening = opening + 2, exited = exited + 2 where area_kind = 'province'",
            "update zone.movements_monthly set first_reported = first_reported + 1, closing = closing + 1"
            " where area_kind = 'county'",
        ],
        {"marts-movements-balance", "marts-movements-continue", "marts-movements-counted"},
    ),
    "an exit is forgotten, and more come back than left": (
        [
            "update zone.return_rates set exited = exited + 1 where area_kind = 'nation'",
            "update zone.return_rates set returned = exited + 1 where area_kind = 'county'",
        ],
        {"marts-exits-counted", "marts-returns-ordered"},
    ),
    "a change is told that no figure shows": (
        [
            "insert into zone.change_explained (area_kind, area_code, month, vintage, compared_with, figure, weight,"
            " kind, came, went, change) select area_kind, area_code, month, vintage, 'month_before', 'registered',"
            " weight, 'real', 2, 1, 1 from zone.poverty_monthly where area_kind = 'nation' and weight = 'households'"
            " and line = 'poverty_line' and income = 'after_assistance'",
        ],
        {"marts-changes-explained"},
    ),
    "the same facts get another answer": (
        ["update household.households set poor = not poor where poor is not null"],
        {"marts-same-facts-same-answer"},
    ),
    "people could be known": (
        [
            "alter table household.members add column birth_date date",
            "alter table responsibility.staff add column staff_phone varchar",
            "alter table household.household_causes add column zone_id varchar",
            "insert into zone.measure_uptake (area_kind, area_code, measure_code)"
            " select 'zone', min(zone_id), 'M-TEST' from zone.zones where restricted",
        ],
        {"marts-no-personal-column", "marts-no-restricted-tag-on-households", "marts-restricted-zones-absent"},
    ),
    "tables are doubled or gone": (
        [
            "create or replace table zone.zones as select * from zone.zones union all select * from zone.zones",
            "drop table responsibility.duty_gaps",
        ],
        {"marts-keys-unique", "marts-all-there"},
    ),
}  # fmt: skip

WAREHOUSE: dict[str, tuple[list[str], set[str]]] = {
    "a household is lost": (
        ["delete from intermediate.int_households where household_key ="
         " (select min(household_key) from intermediate.int_households where not held)"],
        {
            "warehouse-households-complete", "warehouse-households-as-accepted", "warehouse-rows-have-a-household",
        },
    ),
    "the held are lost or not marked": (
        [
            "create temp table a as select min(household_key) as k"
            " from intermediate.int_households"
            " inner join intermediate.int_household_holds using (cut_id, household_key)"
            " where cut_id = 'night' and provisional and held_night = date '2026-11-21'",
            *(
                f"delete from intermediate.{table} where household_key in (from a)"
                for table in ("int_households", "int_persons", "int_household_causes", "int_household_conditions")
            ),
            "update intermediate.int_households set held = false where held",
        ],
        {"warehouse-held-are-shown", "warehouse-held-are-marked"},
    ),
    "rows are doubled": (
        [
            "insert into intermediate.int_household_status select * from intermediate.int_household_status limit 1",
            "insert into intermediate.int_household_versions select * from intermediate.int_household_versions limit 1",
        ],
        {"warehouse-one-row-beside-each-household", "warehouse-keys-unique"},
    ),
    "a closed household is back, in a warehouse of another night": (
        [
            "update intermediate.int_households set provisional = false where provisional",
            "update intermediate.int_cuts set state_on = state_on - 1 where cut_id = 'night'",
        ],
        {"warehouse-households-none-extra", "warehouse-households-as-accepted", "warehouse-night-is-cut"},
    ),
}  # fmt: skip


def test_the_marts_and_the_warehouse_as_built_pass(judged: Judged) -> None:
    assert judged.failing("warehouse") == set()
    assert judged.failing("marts") == set()


@pytest.mark.parametrize("fault", MARTS)
def test_the_marts_gate_fails_on(fault: str, judged: Judged) -> None:
    statements, expected = MARTS[fault]
    judged.change(judged.home.warehouse, *statements)
    assert judged.failing("marts") == expected


@pytest.mark.parametrize("fault", WAREHOUSE)
def test_the_warehouse_gate_fails_on(fault: str, judged: Judged) -> None:
    statements, expected = WAREHOUSE[fault]
    judged.change(judged.home.warehouse, *statements)
    assert judged.failing("warehouse") == expected


def test_a_mart_that_cannot_be_measured_is_a_failure_of_every_check_on_it(judged: Judged) -> None:
    judged.change(judged.home.warehouse, "drop table household.members")
    failing = judged.failing("marts")
    assert {"marts-all-there", "marts-households-by-county", "marts-members-by-county"} <= failing
    assert "marts-main-causes-sum-to-100" not in failing


def test_a_warehouse_that_is_not_there_fails_whole(judged: Judged) -> None:
    judged.home.warehouse.unlink()
    assert "marts-households-by-county" in judged.failing("marts")
    assert "warehouse-households-complete" in judged.failing("warehouse")


def test_every_blocking_check_has_a_fault_that_it_alone_or_with_others_catches() -> None:
    from expectations.suites import marts, warehouse

    caught = set().union(*(expected for _, expected in [*MARTS.values(), *WAREHOUSE.values()]))
    untested = {check.check_id for check in [*marts.blocking(), *warehouse.blocking()]} - caught
    # These two guard against an empty measure, which the test above shows.
    assert untested == {"marts-columns-listed", "marts-audited-content"}
