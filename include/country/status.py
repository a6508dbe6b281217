"""Where a household stands: registered, pre-exit, exited, returned, monitored, applying; and since when."""

from __future__ import annotations

import numpy as np

from include.country.tables import NULL, Floats, Ints, Mask, Table, between, full, index_of, pick, uniform, ymd

STABLE, UNSTABLE, SHOCKED_EXITED, POOR, PRE_EXIT, RETURNED, MARGINAL, SHOCKED_RURAL, APPLICANT, REFUSED = range(10)

#: Share of each standing in a registry of 2026: most have exited, about one in eight is monitored.
SHARES = {
    STABLE: 0.705,
    UNSTABLE: 0.050,
    SHOCKED_EXITED: 0.012,
    POOR: 0.100,
    PRE_EXIT: 0.035,
    RETURNED: 0.018,
    MARGINAL: 0.055,
    SHOCKED_RURAL: 0.012,
    APPLICANT: 0.008,
    REFUSED: 0.005,
}

EXIT = index_of("exit_flag")
CLASS = index_of("monitoring_class")
RISK = index_of("risk")
RISK_STATUS = index_of("risk_status")
ATTRIBUTE = index_of("household_attribute")
CAUSE = index_of("cause")
STANDARD = index_of("identification_standard")

#: Main cause, in percent of households: illness 42.4 to 44.1 in the published files, the rest in their order.
CAUSE_SHARES = {
    CAUSE["01"]: 43.0,
    CAUSE["02"]: 7.0,
    CAUSE["03"]: 8.0,
    CAUSE["04"]: 6.0,
    CAUSE["05"]: 2.5,
    CAUSE["06"]: 1.5,
    CAUSE["07"]: 11.6,
    CAUSE["08"]: 9.0,
    CAUSE["09"]: 8.5,
    CAUSE["10"]: 1.5,
    CAUSE["11"]: 0.4,
    CAUSE["12"]: 0.5,
    CAUSE["99"]: 0.5,
}
#: Causes that anybody may have, for those who drew one that does not fit the family.
_FALLBACK = {CAUSE["07"]: 0.5, CAUSE["09"]: 0.4, CAUSE["05"]: 0.1}

MIN_CLEAR_DAYS = 90


def draw_status(rng: np.random.Generator, households: int) -> Ints:
    """Standing of each household."""
    return pick(rng, households, SHARES)


def is_rural(status: Ints) -> Mask:
    """Never registered as poor: marginal, shocked rural, applying, refused."""
    return np.asarray(status >= MARGINAL)


def _autumn(rng: np.random.Generator, low_year: int, high_year: int, rows: int) -> Ints:
    """A day between 1 October and 28 December, when the yearly round is held."""
    years = between(rng, low_year, high_year, rows)
    starts = np.array([ymd(y, 10, 1) for y in range(low_year, high_year + 1)], dtype=np.int64)
    return starts[years - low_year] + between(rng, 0, 88, rows)


def _exit_income_years(rng: np.random.Generator, rows: int, today: int) -> Ints:
    early, late = _autumn(rng, 2016, 2020, rows), _autumn(rng, 2021, 2025, rows)
    return np.minimum(np.where(rng.random(rows) < 0.8, early, late), today - 30)


def dates_of(rng: np.random.Generator, status: Ints, today: int) -> Table:
    """registered_on, exited_on, returned_on, identified_on, applied_on: NULL where they do not apply."""
    n = len(status)
    first_round = np.where(
        rng.random(n) < 0.78,
        between(rng, ymd(2014, 4, 1), ymd(2014, 11, 30), n),
        between(rng, ymd(2015, 8, 1), ymd(2016, 5, 30), n),
    )
    recent = between(rng, ymd(2021, 2, 1), today - 45, n)
    ever = status <= RETURNED
    registered = np.select([~ever, (status == POOR) | (status == PRE_EXIT)], [full(n), recent], first_round)
    exits = _exit_income_years(rng, n, today)
    past_exit = ever & (status != POOR) & (status != PRE_EXIT)
    exited = np.where(past_exit, exits, NULL)
    returned = np.where(
        status == RETURNED, between(rng, np.maximum(exits + 200, ymd(2021, 1, 10)), full(n, today - 45), n), NULL
    )
    watched = (status == UNSTABLE) | (status == SHOCKED_EXITED) | (status == MARGINAL) | (status == SHOCKED_RURAL)
    since = np.where(past_exit, np.maximum(exits + 60, ymd(2021, 3, 1)), ymd(2021, 3, 1))
    identified = np.where(watched, between(rng, np.minimum(since, today - 40), full(n, today - 35), n), NULL)
    waiting = between(rng, today - 25, today - 2, n)
    refused = between(rng, today - 200, today - 45, n)
    applied = np.select([status == APPLICANT, status == REFUSED], [waiting, refused], full(n))
    applied = np.where(((status == POOR) | (status == PRE_EXIT)), registered - between(rng, 25, 60, n), applied)
    return {
        "registered_on": registered,
        "exited_on": exited,
        "returned_on": returned,
        "identified_on": identified,
        "applied_on": applied,
    }


def flags_of(status: Ints) -> tuple[Ints, Ints]:
    """exit_flag and monitoring_class."""
    n = len(status)
    exited = (status == STABLE) | (status == UNSTABLE) | (status == SHOCKED_EXITED)
    flag = np.select(
        [exited, status == PRE_EXIT, status == RETURNED],
        [full(n, EXIT["1"]), full(n, EXIT["2"]), full(n, EXIT["3"])],
        full(n, EXIT["0"]),
    )
    watch = np.select(
        [status == UNSTABLE, status == MARGINAL, (status == SHOCKED_EXITED) | (status == SHOCKED_RURAL)],
        [full(n, CLASS["1"]), full(n, CLASS["2"]), full(n, CLASS["3"])],
        full(n, CLASS["0"]),
    )
    return flag, watch


def clear_risks(rng: np.random.Generator, identified: Ints, today: int) -> tuple[Ints, Ints]:
    """risk_status and risk_eliminated_on: some risks older than half a year are cleared, none within three months."""
    n = len(identified)
    watched = identified != NULL
    old = watched & (identified < today - 180)
    draw = rng.random(n)
    when = between(rng, np.where(watched, identified + MIN_CLEAR_DAYS, 0), full(n, today - 5), n)
    state = np.select(
        [~watched, old & (draw < 0.34), old & (draw < 0.40)],
        [full(n), full(n, RISK_STATUS["2"]), full(n, RISK_STATUS["3"])],
        full(n, RISK_STATUS["1"]),
    )
    return state, np.where(watched & (state != RISK_STATUS["1"]), when, NULL)


def draw_causes(rng: np.random.Generator, students: Ints, workers: Ints) -> Ints:
    """Main cause: schooling needs somebody in school, lack of labour at most one who can work."""
    n = len(students)
    cause, fallback = pick(rng, n, CAUSE_SHARES), pick(rng, n, _FALLBACK)
    cause = np.where((cause == CAUSE["03"]) & (students == 0), fallback, cause)
    return np.where((cause == CAUSE["08"]) & (workers > 1), fallback, cause)


def other_causes(rng: np.random.Generator, main: Ints, ill: Ints, disabled: Ints, students: Ints) -> tuple[Ints, Ints]:
    """Up to two further causes, each another than the main one and borne out by the family."""
    n = len(main)

    def fits(cause: Ints) -> Ints:
        bad = (cause == main) | ((cause == CAUSE["01"]) & (ill == 0)) | ((cause == CAUSE["02"]) & (disabled == 0))
        return np.where(bad | ((cause == CAUSE["03"]) & (students == 0)), NULL, cause)

    shares = {
        CAUSE["09"]: 35.0,
        CAUSE["07"]: 22.0,
        CAUSE["01"]: 20.0,
        CAUSE["03"]: 9.0,
        CAUSE["02"]: 6.0,
        CAUSE["04"]: 5.0,
    }
    first = fits(np.where(rng.random(n) < 0.55, pick(rng, n, shares), NULL))
    second = fits(np.where((first != NULL) & (rng.random(n) < 0.35), pick(rng, n, shares), NULL))
    return first, np.where(second == first, NULL, second)


def attributes_of(rng: np.random.Generator, status: Ints, able: Ints, all_old_or_ill: Mask, size: Ints) -> Ints:
    """Kind of registered household: those without anybody able to work stand on the floor."""
    n = len(status)
    floor = np.where(
        all_old_or_ill & (size <= 2) & (rng.random(n) < 0.4),
        ATTRIBUTE["3"],
        np.where(rng.random(n) < 0.5, ATTRIBUTE["2"], ATTRIBUTE["4"]),
    )
    ordinary = np.where(rng.random(n) < 0.22, ATTRIBUTE["4"], ATTRIBUTE["1"])
    registered = np.where(able == 0, floor, ordinary)
    return np.where(is_rural(status), np.where(able == 0, ATTRIBUTE["2"], ATTRIBUTE["6"]), registered)


def draw_risks(rng: np.random.Generator, watched: Mask, main: Ints, workers: Ints, ill: Ints) -> tuple[Ints, Ints]:
    """Up to two risks in order, each borne out by the family."""
    n = len(watched)
    from_cause = np.select(
        [main == CAUSE["01"], main == CAUSE["02"], main == CAUSE["03"], main == CAUSE["04"], main == CAUSE["08"]],
        [full(n, RISK["01"]), full(n, RISK["02"]), full(n, RISK["03"]), full(n, RISK["04"]), full(n, RISK["10"])],
        np.where(workers > 0, RISK["06"], np.where(ill > 0, RISK["01"], RISK["99"])),
    )
    second = pick(rng, n, {RISK["06"]: 0.4, RISK["07"]: 0.3, RISK["01"]: 0.3})
    second = np.where(((second == RISK["06"]) & (workers == 0)) | ((second == RISK["01"]) & (ill == 0)), NULL, second)
    second = np.where((second == from_cause) | (rng.random(n) < 0.6), NULL, second)
    return np.where(watched, from_cause, NULL), np.where(watched, second, NULL)


def income_target(rng: np.random.Generator, status: Ints, uncleared: Mask, line: int, high: int) -> Floats:
    """Net income per head aimed at, in yuan: below the line, between it and the monitoring range, or above."""
    n = len(status)
    poor = line * (0.35 + 0.6 * rng.beta(2.6, 1.6, n))
    between_them = uniform(rng, line * 1.08, high * 0.97, n)
    above = high * 1.06 + rng.gamma(1.7, high * 0.5, n)
    capped = np.minimum(above, 19000.0)
    return np.select(
        [
            (status == POOR) & (rng.random(n) < 0.97),
            status == RETURNED,
            status == PRE_EXIT,
            ((status == UNSTABLE) | (status == MARGINAL)) & uncleared,
            status == APPLICANT,
            status == STABLE,
        ],
        [poor, poor, uniform(rng, line * 1.12, high * 0.95, n), between_them, poor * 1.2, np.minimum(above, 48000.0)],
        capped,
    )
