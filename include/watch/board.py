"""The morning board: a set of static pages, written each night from the published aggregates alone."""

from __future__ import annotations

from datetime import date

from expectations.measure import standard
from include.duck import connect
from include.files import write_aside
from include.home import Home
from include.result import Result
from include.settings import Settings
from include.warehouse.leaks import refuse_leaks
from include.warehouse.versions import current, versions
from include.watch.board_facts import is_reported, read_tonight
from include.watch.pages.office_facts import Offices, read_offices
from include.watch.pages.open_facts import read_served
from include.watch.pages.render import FOLDERS, Site
from include.watch.state import read_open_alerts


def write_board(home: Home, settings: Settings, night: date) -> Result:
    """Write board/ for a night from its quality file and the open marts that readers get.

    Each page is written aside and renamed, index.html last, and pages of offices that are gone are removed after it: a
    death in between leaves pages that open, each with its own night on it, and the next run writes the rest. A night
    that did not publish is told as such, with the night of the figures that are served. A night older than the newest
    one with a quality file writes nothing: the board is of this morning. Raises duckdb.Error when a published file
    cannot be read.
    """
    newest = current(home, "quality")
    if newest and night < newest.night:
        return Result("board", night, notes=(f"the board of {newest.night:%Y-%m-%d} stays",))
    site = _read(home, settings, night)
    written = {path for path, text in site.pages() if _write(home, path, text)}
    tonight = site.tonight
    if tonight and tonight.known:  # else nobody knows which offices there are, and their last pages stay
        _remove_gone(home, written)
    counts = {
        "pages": len(written),
        "offices": len(tonight.offices) if tonight else 0,
        "reported": sum(map(is_reported, tonight.offices)) if tonight else 0,
        "gates_failed": sum(gate["failed"] > 0 for gate in tonight.gates) if tonight else 0,
    }
    served_as = f"figures as of {site.served.night:%Y-%m-%d}" if site.served else "no figures are published yet"
    return Result("board", night, counts=counts, notes=(served_as,))


def _read(home: Home, settings: Settings, night: date) -> Site:
    quality = [version for version in versions(home, "quality") if version.night == night]
    file = home.published / quality[-1].file_name if quality else None
    tonight = read_tonight(settings, file, night) if file else None
    offices = read_offices(settings, file, night) if file and tonight and tonight.known else Offices()
    served = current(home, "marts_open")
    return Site(
        night,
        tonight,
        read_served(settings, home.published / served.file_name) if served else None,
        offices,
        read_open_alerts(home),
        _national_minimum(settings, night),
    )


def _national_minimum(settings: Settings, night: date) -> float:
    """The share of counties below which a night is not shown as the nation's, from the seed of standards."""
    with connect(settings) as connection:
        found = connection.execute(f"select {standard('reporting_rate_min_nationwide', night)}").fetchone()
    return float(found[0]) if found and found[0] is not None else 1.0


def _write(home: Home, path: str, text: str) -> str:
    """Write a page that is not there as it should be; returns its path. Raises Leak when it would tell of a person."""
    refuse_leaks(text, f"the board's page {path}")
    page, content = home.board / path, text.encode()
    if not page.is_file() or page.read_bytes() != content:
        with write_aside(page) as aside:
            aside.write_bytes(content)
    return path


def _remove_gone(home: Home, written: set[str]) -> None:
    for folder in FOLDERS:
        for page in (home.board / folder).glob("*.html"):
            if f"{folder}/{page.name}" not in written:
                page.unlink()
