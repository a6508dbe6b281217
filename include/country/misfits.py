"""Help that does not fit, planted on the first night: a cause without a measure, a measure without a cause or twice.

Each is added to what the country has: everything else stays as in the country without them.
"""

from __future__ import annotations

import numpy as np

from include.country.fit import Misfit
from include.country.layout import id_text
from include.country.offers import CODE, FIRST, measure_table
from include.country.state import State, add_rows
from include.country.status import CAUSE, POOR
from include.country.tables import NULL, Ints, Table, full, length, rng_for, take

UNSERVED, NO_REASON, TWICE = "cause_unserved", "answers_no_reason", "double_benefit"
_STREAM = 8
_EACH = 2
"""Households of each kind in a county that has so many."""
_CAUSE, _MEASURE = "10", "M-ROAD"
"""Backward transport and the road that answers it alone: nobody who lacks the one is offered the other."""


def plant(state: State) -> list[Misfit]:
    """Plant in a county's first night; returns what was planted."""
    rng = rng_for(state.seed, state.county.number, 0, _STREAM)
    h, m = state.tables["households"], state.tables["measures"]
    causes = np.stack([h["main_cause"], h["_other_1"], h["_other_2"]])
    may = (h["_status"] == POOR) & ~(causes == CAUSE[_CAUSE]).any(axis=0)
    first = measure_table(FIRST)
    row = np.searchsorted(h["household_id"], m["household_id"])
    served = (m["delivered_on"] != NULL) & (m["measure_code"] == first[h["main_cause"][row]])
    with_measure = np.isin(h["household_id"], m["household_id"][served])
    chosen = rng.permutation(np.flatnonzero(may & with_measure & (h["_other_1"] == NULL)))[: 3 * _EACH]
    unserved, no_reason, twice = (h["household_id"][chosen[start::3]] for start in range(3))
    h["_other_1"][np.isin(h["household_id"], unserved)] = CAUSE[_CAUSE]
    planted = [_misfit(state, household, UNSERVED, _CAUSE) for household in unserved]
    # The newest first: of the same measure on several days the last one is the one that comes twice.
    latest = np.flatnonzero(served)[np.argsort(m["delivered_on"][served], kind="stable")[::-1]]
    _, at = np.unique(m["household_id"][latest], return_index=True)
    models = take(m, latest[at])
    for households, kind in ((no_reason, NO_REASON), (twice, TWICE)):
        rows = take(models, np.isin(models["household_id"], households))
        if kind == NO_REASON:
            rows = {**rows, "measure_code": full(length(rows), CODE[_MEASURE]), "person_no": full(length(rows))}
        before = length(state.tables["measures"])
        add_rows(state, "measures", _without_number(rows), 0)
        new = state.tables["measures"]["measure_id"][before:]
        planted += [
            _misfit(state, household, kind, id_text("measure_id", int(number)))
            for household, number in zip(rows["household_id"], new, strict=True)
        ]
    return planted


def _misfit(state: State, household: int | Ints, kind: str, about: str) -> Misfit:
    return str(state.county.number), str(int(household)), kind, about


def _without_number(rows: Table) -> Table:
    return {name: column for name, column in rows.items() if name != "measure_id"}
