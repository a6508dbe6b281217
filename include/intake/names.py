"""Names of places and submitters for letters and board, from the seed of places that dbt loads too."""

from __future__ import annotations

from functools import cache

from include.contract.words import SUBMITTER_KINDS
from include.intake.submitters import UnknownSubmitter, kind_of
from include.seeds import rows


@cache
def _names() -> dict[str, str]:
    wanted = ("province", "prefecture", "county")
    return {row["place_code"]: row["name_zh"] for row in rows("places") if row["level"] in wanted}


def place_name(code: str) -> str:
    """The Chinese name of a province, prefecture or county; its code when the seed has none."""
    return _names().get(code, code)


def name_and_path(submitter: str) -> tuple[str, str]:
    """A submitter as it is addressed: its place's name, and the province and prefecture above it (may be empty).

    An assessor or a register office, which is no place, is addressed by its kind and its own code.
    """
    try:
        kind = kind_of(submitter)
    except UnknownSubmitter:
        return submitter, ""
    if kind == "province":
        return _names().get(submitter[:2], submitter), ""
    if kind != "county":
        return SUBMITTER_KINDS[kind].zh, submitter.partition("-")[2]
    above = [_names().get(submitter[:2], ""), _names().get(submitter[:4], "")]
    # 市辖区 and the like are statistics' names for "directly under": nobody addresses a letter with them.
    path = " ".join(name for name in above if name and name not in ("市辖区", "县") and "直辖县级" not in name)
    return _names().get(submitter, submitter), path
