"""Members of a household who are registered twice, the second time without numbers: what near matches are to find."""

from __future__ import annotations

import numpy as np

from include.country import persons as traits
from include.country.faults import Plant, Scene, sends_changes
from include.country.faults_choose import Planter, person_rows
from include.country.package_faults import FAULTS as PACKAGE_FAULTS
from include.country.population import CHILD, FATHER, HEAD, MOTHER, SON, SPOUSE
from include.country.tables import Mask, age_on, day

Roles = tuple[tuple[int, ...], ...]

_COUPLE: Roles = ((HEAD,), (SPOUSE,))
_TRIO: Roles = (*_COUPLE, (CHILD, SON))
_QUARTET: Roles = (*_COUPLE, (FATHER,), (MOTHER,))
_FOUND = "person-may-be-in-two-households:advice"


def near_duplicate(kind: str) -> Planter:
    """Members of one household come in another one too, under no number: two in the same village, three within the
    county, four in two counties that mend on the next night what they sent wrongly."""

    def plant(scene: Scene) -> list[Plant]:
        steady = [one for one in (scene, *scene.beside) if _steady(one)][:2]
        village = _twice(kind, _COUPLE, scene, scene, same_village=True)
        county = _twice(kind, _TRIO, scene, scene)
        return village + county + (_twice(kind, _QUARTET, steady[0], steady[1]) if len(steady) > 1 else [])

    return plant


def _steady(scene: Scene) -> bool:
    """Whether what the county sent wrongly on one night is mended on the next: no changes alone, no package refused."""
    return not sends_changes(scene.position) and scene.position not in PACKAGE_FAULTS


def _twice(kind: str, roles: Roles, scene: Scene, other: Scene, same_village: bool = False) -> list[Plant]:
    p = scene.table("persons")
    first = _members(scene, roles)
    if first is None:
        return []
    village = scene.table("households")["village_code"][scene.household_rows("persons")[first[0]]]
    alike = tuple((int(p["sex"][row]), bool(_is_old(scene)[row])) for row in first)
    second = _members(other, roles, alike, int(village) if same_village else None)
    if second is None:
        return []
    plants = []
    for row, again in zip(first, second, strict=True):
        birth = str(np.datetime64(int(p["birth_date"][row]), "D"))
        cells = (("birth_date", birth), ("resident_number", ""))
        found = (_FOUND, "resident-number-missing:advice")
        plants.append(Plant(kind, "persons", scene.key("persons", row), (), (_FOUND,), county=scene.position))
        plants.append(Plant(kind, "persons", other.key("persons", again), cells, found, county=other.position))
    return plants


def _members(
    scene: Scene, roles: Roles, alike: tuple[tuple[int, bool], ...] | None = None, village: int | None = None
) -> tuple[int, ...] | None:
    """Rows of a grown member out of school for each of the roles, in a household that was not used yet.

    `alike`: sex of each, and whether old, so that another's birth date contradicts nothing in the row.
    """
    p = scene.table("persons")
    grown = (p["schooling"] == traits.NOT_IN_SCHOOL) & (age_on(p["birth_date"], day(scene.night)) >= 22)
    of_roles = [person_rows(scene, *each) & grown for each in roles]
    if alike:
        old = _is_old(scene)
        of_roles = [m & (p["sex"] == sex) & (old == is_old) for m, (sex, is_old) in zip(of_roles, alike, strict=True)]
    fits = person_rows(scene, HEAD)
    for mask in of_roles:
        fits &= np.isin(p["household_id"], p["household_id"][mask])
    if village is not None:
        fits &= scene.table("households")["village_code"][scene.household_rows("persons")] == village
    head = scene.choose("persons", fits)
    if head is None:
        return None
    mine = p["household_id"] == p["household_id"][head]
    return tuple(int(np.flatnonzero(mask & mine)[0]) for mask in of_roles)


def _is_old(scene: Scene) -> Mask:
    """Past working age."""
    return np.asarray(age_on(scene.table("persons")["birth_date"], day(scene.night)) >= 60)
