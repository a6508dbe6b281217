"""Makes the country: for every night the packages of all submitters, the truth, the answer key."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np

from include.country import DEFAULT_FIRST_NIGHT, fit, misfits
from include.country.facts import county, county_codes
from include.country.fault_kinds import kind_names
from include.country.faults import KeyRow, Plan, natural_key
from include.country.habits import OFFICE_HABIT, habit_of
from include.country.holes import Hole, findings_of_holes, plant_holes, write_holes
from include.country.movement import change_some, move
from include.country.offices import unit_names
from include.country.outside import ASSESSOR, OUTSIDE, REGISTER, all_samples, register_hits
from include.country.package import Package, write_package
from include.country.package_faults import break_package, fault_named, package_fault
from include.country.provinces import Province, begin_province, move_province, province_unit_names, provinces_of
from include.country.retold import Retold
from include.country.send import Reporting, county_tables, office_tables, reporting_of
from include.country.state import State, begin
from include.country.tables import Ints, Table, concat, day, length, rng_for
from include.country.told import Told
from include.country.truth import Truth

NONE, STANDARD = "none", "standard"
"""Sets of faults; the name of one kind is a set too."""
_NOBODY = np.empty(0, dtype=np.int64)
_README = """SYNTHETIC 模拟数据

Made by `targeted country make`. Nobody in these files exists. 这里的人和户都不存在。

<night>/<submitter>/        packages as submitters send them
truth/<night>/              the generator's own state of that night (no resident numbers), for tests;
                            net_income_per_head is over the members at the end of the income year;
truth/<night>/told/         where counties say things again: what was told by that night of each day
answer_key.csv              planted faults; a row with an empty `expect` is layout that must raise no finding
holes_key.csv               planted holes of duty, visits, promises and money: kind, and key in the responsibility marts
"""


@dataclass
class _Country:
    """Everything that lives from night to night."""

    out: Path
    seed: int
    first_night: date
    connection: duckdb.DuckDBPyConnection
    truth: Truth
    states: list[State] = field(default_factory=list)
    reporting: list[Reporting] = field(default_factory=list)
    provinces: list[Province] = field(default_factory=list)
    samples: Table | None = None
    checks: Table | None = None
    plan: Plan | None = None
    faults: str = "none"
    key: list[KeyRow] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    retold: list[Retold] = field(default_factory=list)
    """One for each county of a country that says things again; empty in any other."""
    told: Told = field(default_factory=Told)
    changed_share: float | None = None
    """On ordinary nights the share of each county's households that changed; None: the country moves by itself."""


def share_out(seed: int, households: int, codes: tuple[str, ...]) -> Ints:
    """Households of each county: uneven, small where the office sends xlsx; they sum to what was asked for."""
    weights = 0.6 + 0.9 * rng_for(seed, 0, 0, 1).random(len(codes))
    weights = np.where([habit_of(i).xlsx for i in range(len(codes))], np.minimum(weights, 0.75), weights)
    exact = households * weights / weights.sum()
    whole = np.maximum(np.floor(exact).astype(np.int64), 1)
    left = households - int(whole.sum())
    order = np.argsort(whole - exact, kind="stable")
    if left > 0:
        whole[order[:left]] += 1
    while left < 0:
        big = int(np.argmax(whole))
        whole[big] -= 1
        left += 1
    return np.asarray(whole, dtype=np.int64)


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory database that keeps the order of rows."""
    connection = duckdb.connect(":memory:", config={"preserve_insertion_order": "true"})
    connection.execute("set enable_progress_bar = false")
    return connection


def _write_key(out: Path, rows: list[KeyRow]) -> None:
    with (out / "answer_key.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["night", "submitter", "dataset", "row", "kind", "expect"])
        writer.writerows(sorted(rows))


def _counties(c: _Country, k: int, night: date) -> None:
    for i, state in enumerate(c.states):
        code, habit, reporting = state.county.code, habit_of(i), c.reporting[i]
        names = unit_names(state.county)
        quiet = reporting.quiet_night == k
        before, fault = length(state.tables["households"]), None
        if c.plan is not None:
            fault = package_fault(i, k, len(c.states)) if c.faults == STANDARD else None
        if k > 0 and not quiet and c.changed_share is not None:
            reporting.resend = change_some(state, k, day(night), c.changed_share)
        elif k > 0 and not quiet:
            move(state, k, day(night), c.plan.standing(i) if c.plan is not None else _NOBODY)
        again = _retell(c, i, k, night) if not quiet else {}
        if quiet:
            package = Package(code, night, {}, habit, nothing_due=True)
        else:
            tables = county_tables(state, reporting, k)
            if c.retold:
                tables = c.retold[i].as_told(tables)
                c.told.add(state.county.number, night, night, tables)
            package = Package(
                code, night, tables, habit, kind=reporting.kind(k), nothing_due=not tables, unit_names=names
            )
            if c.plan is not None:
                fault = fault or fault_named(c.faults, k, package)
                if fault is None:
                    c.plan.plant_new(i, k, state, before)
                package.edits, rows = c.plan.edits(i, k, package)
                c.key += rows
            c.key += natural_key(package) + findings_of_holes(package, c.holes)
        folder = write_package(c.connection, c.out, package)
        for day_told, tables in again.items():
            write_package(c.connection, c.out, Package(code, night, tables, habit, kind="changes", again=day_told))
        if fault is not None:
            c.key = fault.leaves(c.key, package)
            c.key += break_package(folder, fault, package)
        if not quiet and (fault is None or not fault.refuses):
            reporting.taken = k
            reporting.resend = c.plan.held(i, k) if c.plan is not None else set()
        c.truth.add(state.county.number, state.tables, state, names)


def _retell(c: _Country, i: int, k: int, night: date) -> Mapping[date, Mapping[str, Table]]:
    """What county i says again on night k, by the day it speaks for."""
    if not c.retold:
        return {}
    state, retold = c.states[i], c.retold[i]
    due = retold.due(state, k)
    again = {c.first_night + timedelta(days=number): tables for number, tables in due.items()}
    for spoken_for, tables in again.items():
        c.told.add(state.county.number, night, spoken_for, tables)
    retold.begin(state, k, day(night))
    return again


def _others(c: _Country, k: int, night: date) -> None:
    today = day(night)
    for province in c.provinces:
        if k > 0:
            move_province(province, c.seed, k, today)
        names = province_unit_names(province)
        write_package(
            c.connection,
            c.out,
            Package(province.submitter, night, office_tables(province.tables), OFFICE_HABIT, unit_names=names),
        )
        c.truth.add(province.number, province.tables, None, names)
    kind = "full" if k == 0 else "changes"
    samples = all_samples(c.seed, c.states, 1 + (length(c.samples) if c.samples else 0), today, k)
    checks = register_hits(c.seed, c.states, 1 + (length(c.checks) if c.checks else 0), today, k)
    for submitter, name, new in ((ASSESSOR, "samples", samples), (REGISTER, "cross_checks", checks)):
        some = length(new) > 0
        write_package(
            c.connection,
            c.out,
            Package(submitter, night, {name: new} if some else {}, OFFICE_HABIT, kind=kind, nothing_due=not some),
        )
    c.samples = _joined(c.samples, samples)
    c.checks = _joined(c.checks, checks)
    c.truth.add(OUTSIDE[ASSESSOR], {"samples": c.samples} if c.samples else {})
    c.truth.add(OUTSIDE[REGISTER], {"cross_checks": c.checks} if c.checks else {})


def _joined(old: Table | None, new: Table) -> Table | None:
    if length(new) == 0:
        return old
    return new if old is None else concat(old, new)


def make_country(
    out: Path,
    counties: int,
    households: int,
    nights: int,
    seed: int,
    faults: str,
    first_night: date = DEFAULT_FIRST_NIGHT,
    *,
    holes: str = NONE,
    retelling: bool = False,
    misfitting: bool = False,
    changed_share: float | None = None,
) -> None:
    """Write a synthetic country below `out`: DIR/<night>/<submitter>/, DIR/truth/<night>/, DIR/answer_key.csv.

    `faults` is none, standard (each kind of it once), or the name of one kind, which is then planted alone in every
    county that it fits. `holes` is none or standard: every kind of hole in duty, visits, promises, designated
    assistance and money once. With
    `retelling` every county corrects itself, hears late and gives households new numbers (include/country/retold.py),
    and truth/<night>/told/ says what was told by then of each day. With `misfitting` help that does not fit is
    planted in every county (include/country/misfits.py), and truth/misfits.csv tells of all there is on the first
    night, planted or not. With `changed_share` the nights after the first are ordinary: every county sends `changes`,
    all rows of that share of its households. Same arguments, same bytes. Raises ValueError when
    there are fewer households than counties, more counties than there are, or an unknown kind.
    """
    if faults not in (NONE, STANDARD, *kind_names()):
        raise ValueError(f"faults is none, standard, or one of {', '.join(kind_names())}; not {faults!r}")
    if holes not in (NONE, STANDARD):
        raise ValueError(f"holes is none or standard; not {holes!r}")
    if households < counties or nights < 1:
        raise ValueError("a county needs at least one household, and a country one night")
    codes = county_codes(counties, first_night)
    out.mkdir(parents=True, exist_ok=True)
    (out / "README.txt").write_text(_README, encoding="utf-8")
    connection = connect()
    c = _Country(out, seed, first_night, connection, Truth(connection))
    shares = share_out(seed, households, codes)
    c.states = [
        begin(county(code, first_night), int(n), seed, first_night) for code, n in zip(codes, shares, strict=True)
    ]
    c.provinces = provinces_of(c.states, first_night)
    for province in c.provinces:
        begin_province(province, c.states, seed, first_night)
    c.holes = plant_holes(c.states, c.provinces, seed) if holes == STANDARD else []
    write_holes(out, c.holes)
    planted = [misfit for state in c.states for misfit in misfits.plant(state)] if misfitting else []
    c.changed_share = changed_share
    c.reporting = [
        reporting_of(i, counties, nights) if changed_share is None else Reporting(i, changes=True)
        for i in range(counties)
    ]
    c.retold = [Retold() for _ in c.states] if retelling else []
    if faults == STANDARD:
        c.plan = Plan.of(c.states, seed, first_night, nights)
    elif faults != NONE:
        c.plan = Plan.of_kind(c.states, seed, first_night, nights, faults)
    c.faults = faults
    for k in range(nights):
        night = first_night + timedelta(days=k)
        _counties(c, k, night)
        _others(c, k, night)
        c.truth.write(out, night)
        if misfitting and k == 0:
            lines = [(state.county.code, state.county.line) for state in c.states]
            fit.write(out, fit.misfits(out / "truth" / night.isoformat(), night, lines), planted)
        if c.retold:
            c.told.write(c.connection, out, night, [first_night + timedelta(days=n) for n in range(nights)])
    connection.close()
    _write_key(out, c.key)
