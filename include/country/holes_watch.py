"""Holes in the watch after an exit: files that nobody looked at for longer than the standard allows."""

from __future__ import annotations

import numpy as np

from include.country.holes import Hole, Place, Plant
from include.country.state import is_open
from include.country.status import STABLE
from include.country.tables import NULL

_LONG_AGO = 1_000
"""Days since the survey; further back than any standard of the seeds allows (24 months)."""


def _file_out_of_date(place: Place) -> list[Hole]:
    """A household that exited long ago, is not monitored, and was last surveyed a thousand days ago."""
    h = place.table("households")
    long_ago = place.state.first_day - _LONG_AGO
    rows = (h["_status"] == STABLE) & is_open(h) & place.free(h["household_id"])
    rows &= (h["monitoring_identified_on"] == NULL) & (h["registered_on"] != NULL)
    rows &= (h["exited_on"] != NULL) & (h["exited_on"] < long_ago)
    at = place.one(np.flatnonzero(rows).astype(np.int64))
    if at is None:
        return []
    h["surveyed_on"][at] = long_ago
    household = int(h["household_id"][at])
    place.take_household(household)
    return [Hole(place.state.county.code, "file_out_of_date", place.household_key(household))]


KINDS: tuple[Plant, ...] = (_file_out_of_date,)
