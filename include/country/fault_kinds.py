"""The kinds of row faults, in the order in which they are planted, county after county."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from include.country.faults import NEW, Scene, day_text
from include.country.faults_choose import Planter, cell, settled
from include.country.faults_everywhere import EVERYWHERE
from include.country.faults_near import near_duplicate
from include.country.faults_people import (
    check_digit,
    future_birth,
    heads,
    not_in_school,
    number_elsewhere,
    orphan_person,
    student,
    two_households,
    women,
)
from include.country.faults_rows import (
    before_offer,
    delivered,
    destroyed_id,
    duplicate_row,
    exit_without_decision,
    income_parts,
    members_differ,
    nobody_ill,
    not_this_county,
    note,
    orphan_measure,
    ragged,
    unknown_visitor,
)
from include.country.package_faults import FAULTS as PACKAGE_FAULTS
from include.country.population import CHILD, HEAD
from include.country.tables import Mask


@dataclass(frozen=True)
class Kind:
    """A kind of fault."""

    name: str
    plant: Planter
    csv_only: bool = False
    stands: bool = False
    """Is sent again unmended on every night (by counties that send whole states)."""
    late: bool = False
    """Begins on the second night, in a household that was taken on the first."""


def _single(
    kind: str,
    dataset: str,
    column: str,
    text: str,
    expect: str,
    where: Callable[[Scene], Mask] | None = None,
    *,
    stands: bool = False,
) -> Kind:
    return Kind(kind, cell(dataset, column, text, expect, where)(kind), stands=stands)


KINDS: tuple[Kind, ...] = (
    Kind("members_differ", members_differ, stands=True),
    Kind("orphan_person", orphan_person),
    _single("bad_date_required", "visits", "visited_on", "2026-13-45", "value-not-a-date:must_fix"),
    Kind("duplicate_key", duplicate_row),
    _single("bad_date", "households", "surveyed_on", "不详", "value-not-a-date:explain", settled),
    _single("number_in_words", "households", "wage_income", "三千元", "value-not-a-number:explain", settled),
    _single("amount_in_words", "funds", "allocated", "伍拾万元", "value-not-a-number:must_fix"),
    _single("unknown_code_required", "households", "main_cause", "77", "code-unknown:must_fix", settled),
    _single("unknown_code", "households", "road_type", "9", "code-unknown:explain", settled),
    _single("missing_required", "households", "village_code", "", "value-missing:must_fix", settled),
    _single("unknown_place", "households", "village_code", "999999999999", "place-unknown:must_fix", settled),
    Kind("village_outside_county", not_this_county),
    Kind("no_head", heads("no_head", HEAD, "99", "no-head")),
    Kind("two_heads", heads("two_heads", CHILD, "01", "two-heads")),
    Kind("income_parts", income_parts("income_parts"), stands=True),
    Kind("check_digit", check_digit),
    Kind("two_households", two_households),
    Kind("birth_in_future", future_birth),
    Kind("exit_without_decision", exit_without_decision),
    Kind(
        "delivered_before_offered",
        delivered("delivered_before_offered", "measure-delivered-before-offered:explain", before_offer),
    ),
    Kind(
        "delivered_in_future",
        delivered("delivered_in_future", "measure-delivered-in-future:explain", lambda s, _r: day_text(s.night, 40)),
    ),
    Kind("id_in_scientific_notation", destroyed_id),
    _single(
        "arable_beyond_bound",
        "households",
        "arable_land",
        "350.00",
        "arable-land-beyond-bound:explain",
        settled,
        stands=True,
    ),
    Kind("nobody_ill", nobody_ill),
    Kind("child_not_in_school", not_in_school),
    Kind("ragged_row", ragged, csv_only=True),
    Kind("total_row", note("households", "合计,,,,,,,,,,")),
    Kind("note_row", note("visits", "备注：本表为模拟数据,,,")),
    Kind("orphan_measure", orphan_measure),
    Kind("visit_by_unknown_staff", unknown_visitor),
    _single(
        "education_and_schooling", "persons", "education", "3", "education-and-schooling-both-filled:advice", student
    ),
    _single("relation_against_sex", "persons", "relation", "11", "relation-sex-contradiction:explain", women),
    _single("resident_number_missing", "persons", "resident_number", "", "resident-number-missing:advice", women),
    Kind("number_in_wrong_column", number_elsewhere),
    Kind("known_household_held", income_parts("known_household_held"), late=True),
    Kind("near_duplicate", near_duplicate("near_duplicate")),
)

KINDS_EVERYWHERE: tuple[Kind, ...] = tuple(
    Kind(name, planter, csv_only=csv_only) for name, (planter, csv_only) in EVERYWHERE.items()
)
"""Kinds that any dataset can have; not of the standard set, to be named one by one."""


def kind_names() -> tuple[str, ...]:
    """Names of all kinds: of rows, of a household that has only just come, of whole packages."""
    return (*(kind.name for kind in (*KINDS, *KINDS_EVERYWHERE)), NEW, *(f.kind for f in PACKAGE_FAULTS.values()))


def needs_second_night(name: str) -> bool:
    """Whether a kind is planted on the second night, so that the first stands whole before it."""
    return name == NEW or any(kind.name == name and kind.late for kind in KINDS) or name in _OF_PACKAGES


_OF_PACKAGES = frozenset(fault.kind for fault in PACKAGE_FAULTS.values())
