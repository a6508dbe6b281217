"""The morning board: one self-contained page, written each night from the published aggregates alone."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from include.contract.words import ATTEMPT_STATES, SEVERITIES, SYNTHETIC, label
from include.files import write_aside
from include.home import Home
from include.result import Result
from include.settings import Settings
from include.warehouse.versions import current, versions
from include.watch.board_facts import Row, Served, Tonight, is_reported, read_served, read_tonight
from include.watch.board_names import GATE_NAMES, ZONE_KINDS, office_name, place_name

_TEMPLATES = Path(__file__).parent / "templates"
_URGENCY = (
    "missing", "waiting", "rejected", "held", "partly_accepted", "accepted_with_queries", "accepted", "nothing_due",
)  # fmt: skip
_WAITING_SHOWN = 60  # the rest is in the list of all offices below


def write_board(home: Home, settings: Settings, night: date) -> Result:
    """Write board/index.html for a night from its quality file and the open marts that readers get.

    A night that did not publish is told as such, with the night of the figures that are served. A night older than the
    newest one with a quality file writes nothing: the board is of this morning. Raises duckdb.Error when a published
    file cannot be read.
    """
    newest = current(home, "quality")
    if newest and night < newest.night:
        return Result("board", night, notes=(f"the board of {newest.night:%Y-%m-%d} stays",))
    quality = [version for version in versions(home, "quality") if version.night == night]
    tonight = read_tonight(settings, home.published / quality[-1].file_name, night) if quality else None
    served_version = current(home, "marts_open")
    served = read_served(settings, home.published / served_version.file_name) if served_version else None
    with write_aside(home.board / "index.html") as aside:
        aside.write_text(render(night, tonight, served), encoding="utf-8")
    counts = {
        "offices": len(tonight.offices) if tonight else 0,
        "reported": _reported(tonight) if tonight else 0,
        "gates_failed": sum(gate["failed"] > 0 for gate in tonight.gates) if tonight else 0,
    }
    served_as = f"figures as of {served.night:%Y-%m-%d}" if served else "no figures are published yet"
    return Result("board", night, counts=counts, notes=(served_as,))


def render(night: date, tonight: Tonight | None, served: Served | None) -> str:
    """The page; the same facts give the same bytes."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        # Our own file, read from this folder: the one thing that is not escaped.
        style=Markup((_TEMPLATES / "board.css").read_text(encoding="utf-8")),  # noqa: S704
        synthetic=SYNTHETIC,
        label=label,
        states=ATTEMPT_STATES,
        severities=SEVERITIES,
        gate_names=GATE_NAMES,
        zone_kinds=ZONE_KINDS,
        office_name=office_name,
        place_name=place_name,
        num=lambda count: "—" if count is None else f"{count:,}",
        percent=lambda share: "—" if share is None else f"{100 * share:.1f} %",
        share_of=lambda part, whole: f"{100 * part / whole:.1f}%" if part and whole else "0",
    )
    offices = tonight.offices if tonight else ()
    waiting = sorted((office for office in offices if _is_waiting(office)), key=_urgency)
    return environment.get_template("board.html.j2").render(
        night=night,
        tonight=tonight,
        served=served,
        reported=_reported(tonight) if tonight else 0,
        totals={name: sum(office[name] for office in offices) for name in ("received", "accepted", "held", "rejected")},
        waiting=waiting[:_WAITING_SHOWN],
        more_waiting=max(len(waiting) - _WAITING_SHOWN, 0),
        provinces=_by_province(offices),
        zones=_by_kind(served.zones) if served else (),
    )


def _reported(tonight: Tonight) -> int:
    return sum(is_reported(office) for office in tonight.offices)


def _is_waiting(office: Row) -> bool:
    """Whether somebody should look: nothing came whole, it could not be taken, or rows or households are held."""
    return office["state"] in _URGENCY[:5] or office["held_households"] > 0


def _urgency(office: Row) -> tuple[int, int, str]:
    known = office["state"] in _URGENCY
    return (_URGENCY.index(office["state"]) if known else 1, -office["held_households"], office["submitter"])


def _by_province(offices: tuple[Row, ...]) -> list[tuple[str, tuple[Row, ...]]]:
    """All offices under the name of their province; those that are no place come last."""

    def province(office: Row) -> str:
        return str(office["submitter"])[:2] if office["kind"] in ("county", "province") else "~"

    grouped = groupby(sorted(offices, key=lambda office: (province(office), office["submitter"])), key=province)
    return [(place_name(code) if code != "~" else "其他 Others", tuple(members)) for code, members in grouped]


def _by_kind(zones: tuple[Row, ...]) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    return tuple((kind, tuple(members)) for kind, members in groupby(zones, key=lambda zone: zone["kind"]))
