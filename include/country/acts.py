"""Acts of offices and requests of households: decisions, applications, grievances."""

from __future__ import annotations

import numpy as np

from include.country.facts import County
from include.country.offices import OFFICE, unit_id
from include.country.status import APPLICANT, EXIT, POOR, PRE_EXIT, REFUSED, RETURNED
from include.country.tables import NULL, Ints, Mask, Table, between, concat, full, index_of, pick

ACT = index_of("decision_act")
REASON = index_of("decision_reason")
APPLICATION = index_of("application_status")
GRIEVANCE = index_of("grievance_kind")
OUTCOME = index_of("grievance_outcome")
_NOTICE_DAYS, _APPEAL_DAYS = 10, 30


def decide(county: County, household: Ints, act: str, reason: Ints | str, on: Ints) -> Table:
    """Decisions of the county office: public notice ten days before, appeal until thirty days after."""
    n = len(household)
    return {
        "household_id": household,
        "act": full(n, ACT[act]),
        "office_unit_id": full(n, int(unit_id(county.number, OFFICE))),
        "decided_on": on,
        "reason": full(n, REASON[reason]) if isinstance(reason, str) else reason,
        "notice_on": on - _NOTICE_DAYS,
        "appeal_deadline": on + _APPEAL_DAYS,
    }


def draw_decisions(rng: np.random.Generator, county: County, households: Table) -> Table:
    """The decision behind every registration, exit, return and refusal, in order of household."""
    hid = households["household_id"]

    def of(mask: Mask, act: str, reason: str, on: Ints) -> Table:
        return decide(county, hid[mask], act, reason, on[mask])

    status, past = households["_status"], households["_past_exit"]
    refused = status == REFUSED
    rows = concat(
        of(households["registered_on"] != NULL, "register", "meets_standard", households["registered_on"]),
        of(past != NULL, "exit", "stable_income_and_guarantees", past),
        of(status == RETURNED, "return", "fell_below_standard", households["_returned_on"]),
        of(refused, "refuse", "does_not_meet_standard", households["_applied_on"] + 30),
    )
    order = np.lexsort([rows["decided_on"], rows["household_id"]])
    return {name: column[order] for name, column in rows.items()}


def draw_applications(households: Table, decisions: Table) -> Table:
    """Requests of the households that applied since 2021; `decision_id` names the decision that answered."""
    status = households["_status"]
    asked = (status == POOR) | (status == PRE_EXIT) | (status == APPLICANT) | (status == REFUSED)
    hid = households["household_id"][asked]
    answered = np.isin(decisions["act"], [ACT["register"], ACT["refuse"]])
    keys, ids = decisions["household_id"][answered], decisions["decision_id"][answered]
    first, at = np.unique(keys, return_index=True)
    found = np.searchsorted(first, hid).clip(max=max(len(first) - 1, 0))
    has = first[found] == hid if len(first) else np.zeros(len(hid), dtype=bool)
    decision = np.where(has, ids[at][found], NULL) if len(first) else full(len(hid))
    state = np.select(
        [status[asked] == APPLICANT, status[asked] == REFUSED],
        [full(len(hid), APPLICATION["pending"]), full(len(hid), APPLICATION["refused"])],
        full(len(hid), APPLICATION["granted"]),
    )
    return {
        "household_id": hid,
        "applied_on": households["_applied_on"][asked],
        "status": state,
        "decision_id": decision,
    }


def draw_grievances(
    rng: np.random.Generator, households: Table, share: float, kinds: dict[str, float], today: int
) -> Table:
    """Appeals and complaints about one household in a few hundred; most are resolved within two months.

    As the county sends them: it does not say of which county they are.
    """
    n = len(households["household_id"])
    exited = households["exit_flag"] == EXIT["1"]
    asks = np.flatnonzero(rng.random(n) < share)
    rows = len(asks)
    kind = pick(rng, rows, {GRIEVANCE[name]: weight for name, weight in kinds.items()})
    kind = np.where((kind == GRIEVANCE["wrong_exit"]) & ~exited[asks], GRIEVANCE["measure_not_delivered"], kind)
    opened = today - between(rng, 3, 300, rows)
    resolved = opened + between(rng, 5, 60, rows)
    done = resolved <= today
    outcome = pick(
        rng,
        rows,
        {
            OUTCOME["upheld"]: 0.3,
            OUTCOME["partly_upheld"]: 0.25,
            OUTCOME["not_upheld"]: 0.4,
            OUTCOME["withdrawn"]: 0.05,
        },
    )
    return {
        "household_id": households["household_id"][asks],
        "county_code": full(rows),
        "grievance_kind": kind,
        "opened_on": opened,
        "resolved_on": np.where(done, resolved, NULL),
        "outcome": np.where(done, outcome, NULL),
    }
