"""The pages of a night as (path below the board, HTML), index.html last: the same facts give the same bytes."""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from include.clocks import next_reading
from include.contract.words import (
    ATTEMPT_STATES,
    QUALITY_DIMENSIONS,
    SEVERITIES,
    SUBMITTER_KINDS,
    SYNTHETIC,
    Label,
    label,
)
from include.intake.names import name_and_path
from include.warehouse.dictionary import SCHEMAS, marts
from include.watch.board_facts import Row, Tonight, is_reported
from include.watch.board_names import GATE_NAMES, ZONE_KINDS, office_name, place_name
from include.watch.messages import told
from include.watch.pages import charts
from include.watch.pages.acts import actions, why_nothing
from include.watch.pages.office_facts import Offices
from include.watch.pages.open_facts import Served
from include.watch.pages.picture import by_urgency, changes, coverage, headline, is_waiting, standing_alerts
from include.watch.pages.places import province_en, tiles
from include.watch.state import Alert

TEMPLATES = Path(__file__).parents[1] / "templates"
INDEX = "index.html"
FOLDERS = ("provinces", "offices")
"""Folders with one page for each province and each office; a page of one that is gone is removed."""

_WAITING_SHOWN = 40  # the rest is on the pages of the provinces
_RULES_SHOWN = 10
_OTHERS = "~"


@dataclass(frozen=True)
class Site:
    """All that the pages of a night tell."""

    night: date
    tonight: Tonight | None  # None when the night has no quality file
    served: Served | None  # None when nothing is published yet
    offices: Offices = field(default_factory=Offices)
    alerts: Sequence[Alert] = ()
    national_minimum: float = 1.0  # share of the nation's counties that makes a national picture

    def pages(self) -> Iterator[tuple[str, str]]:
        """Every page that can be written of what is known: index.html last, since it leads to all others."""
        yield "zones.html", self._page("zones.html.j2", zones=self._zones())
        yield "responsibility.html", self._page("responsibility.html.j2")
        yield "dictionary.html", self._page("dictionary.html.j2", marts=marts(), schemas=SCHEMAS)
        yield "rules.html", self._page("rules.html.j2", rules=list(self.offices.catalogue.values()))
        yield "find.html", self._page("find.html.j2", provinces=self._provinces)
        for code, offices in self._provinces.items():
            if code != _OTHERS:
                yield f"provinces/{code}.html", self._province(code, offices)
        for office in self.tonight.offices if self.tonight else ():
            yield f"offices/{office['submitter']}.html", self._office(office)
        yield INDEX, self._index()

    @cached_property
    def _provinces(self) -> dict[str, list[Row]]:
        """Offices by two-digit province; those that are no place come last."""
        grouped: dict[str, list[Row]] = defaultdict(list)
        for office in self.tonight.offices if self.tonight else ():
            code = office["submitter"][:2] if office["kind"] in ("county", "province") else _OTHERS
            grouped[code].append(office)
        return {code: grouped[code] for code in sorted(grouped)}

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # thousands of pages from one reading of a template
        )
        script = (TEMPLATES / "board.js").read_text(encoding="utf-8")
        environment.globals.update(
            # Our own files, read from this folder: with the charts the one thing that is not escaped.
            style=Markup((TEMPLATES / "board.css").read_text(encoding="utf-8")),  # noqa: S704
            script=Markup(script),  # noqa: S704
            script_hash=b64encode(sha256(script.encode()).digest()).decode(),  # no other script runs on a page
            synthetic=SYNTHETIC,
            night=self.night,
            next_reading=f"{next_reading(self.night):%Y-%m-%d %H:%M}",
            tonight=self.tonight,
            served=self.served,
            facts=self.offices,
            with_page=set(self._provinces),
            charts=charts,
            t=both,
            word=lambda words: both(words.zh, words.en),
            label=label,
            told=told,
            minimum=f"{self.national_minimum:.0%}",
            states=ATTEMPT_STATES,
            severities=SEVERITIES,
            kinds=SUBMITTER_KINDS,
            dimensions=QUALITY_DIMENSIONS,
            gate_names=GATE_NAMES,
            zone_kinds=ZONE_KINDS,
            office_name=office_name,
            name_and_path=name_and_path,
            place_name=place_name,
            province_en=province_en,
            num=lambda count: "—" if count is None else f"{count:,}",
            percent=lambda share: "—" if share is None else f"{100 * share:.1f} %",
            share_of=lambda part, whole: f"{100 * part / whole:.1f}%" if part and whole else "0",
            severity=lambda name: Label(*(text.partition(mark)[0] for text, mark in _short(name))),
            tone=lambda state: charts.TONES.get(state, "part"),
            reason=self._reason,
            mend_first=self._mend_first,
            cause=_cause,
        )
        return environment

    def _page(self, template: str, root: str = "", **values: Any) -> str:
        return self._environment.get_template(template).render(root=root, **values)

    def _index(self) -> str:
        tonight, offices = self.tonight, self.tonight.offices if self.tonight else ()
        waiting = by_urgency([office for office in offices if is_waiting(office)])
        alerts = standing_alerts(self.alerts, tonight)
        return self._page(
            "tonight.html.j2",
            reported=sum(map(is_reported, offices)),
            totals={name: sum(row[name] for row in offices) for name in ("received", "accepted", "held", "rejected")},
            coverage=coverage(tonight, self.night, self.national_minimum) if tonight and tonight.known else None,
            actions=actions(tonight, alerts, self.offices, self.night) if tonight else (),
            headline=headline(offices),
            alerts=alerts,
            waiting=waiting[:_WAITING_SHOWN],
            more_waiting=max(len(waiting) - _WAITING_SHOWN, 0),
            changes=changes(self.offices),
            by_night=self._by_night(),
            map=charts.tile_map(self._tiles()),
            rules=[row for row in self.offices.catalogue.values() if row["still"]][:_RULES_SHOWN],
        )

    def _tiles(self) -> list[charts.TileFact]:
        facts = []
        for tile in tiles():
            counties = [office for office in self._provinces.get(tile.code, ()) if office["kind"] == "county"]
            reported, held = sum(map(is_reported, counties)), sum(office["held_households"] for office in counties)
            if not counties:
                tone = "off"
            elif reported < len(counties):
                tone = "bad" if reported < self.national_minimum * len(counties) else "late"
            else:
                tone = "held" if held else "good"
            facts.append(charts.TileFact(tile, tone, len(counties), reported, held))
        return facts

    def _by_night(self) -> list[Row]:
        """Of each night: how many offices reported, rows held, findings open."""
        rows = [row for history in self.offices.history.values() for row in history]
        grouped: dict[date, list[Row]] = defaultdict(list)
        for row in rows:
            grouped[row["night"]].append(row)
        return [
            {
                "night": night,
                "offices": len(grouped[night]),
                "reported": sum(map(is_reported, grouped[night])),
                "held": sum(row["held"] for row in grouped[night]),
                "findings": sum(row["findings"] for row in grouped[night]),
            }
            for night in self.offices.nights
        ]

    def _province(self, code: str, offices: list[Row]) -> str:
        counties = by_urgency([office for office in offices if office["kind"] == "county"])
        return self._page(
            "province.html.j2",
            root="../",
            code=code,
            counties=counties,
            headline=headline(counties),
            own=[office for office in offices if office["kind"] == "province"],
            reported=sum(map(is_reported, counties)),
        )

    def _office(self, office: Row) -> str:
        submitter = office["submitter"]
        return self._page(
            "office.html.j2",
            root="../",
            office=office,
            history=self.offices.history.get(submitter, ()),
            rules=self.offices.rules.get(submitter, ()),
            first=self._first(office),
            silent=self.offices.silent_nights(submitter),
            scores=self.offices.scores.get(submitter, ()),
            scorecard=self.offices.scorecards.get(submitter, ()),
        )

    def _first(self, office: Row) -> Row | None:
        """What an office should mend first: its worst open rule, but for the one that its state tells already."""
        told = why_nothing(office) if not is_reported(office) or office["later_state"] == "rejected" else None
        found = self.offices.rules.get(office["submitter"], ())
        still = (row for row in found if row["fresh"] + row["standing"] and not row["trial"] and row["rule"] != told)
        return next(still, None)

    def _mend_first(self, office: Row) -> Label | None:
        """The title of that rule; none of an office of which nothing was taken: what its state tells comes first."""
        first = self._first(office) if is_reported(office) else None
        return self.offices.title(first["rule"]) if first else None

    def _reason(self, office: Row) -> Label | None:
        """Why nothing of a package was taken: the title of the rule that says so."""
        rule = why_nothing(office)
        return (self.offices.title(rule) or Label(rule, rule)) if rule else None

    def _zones(self) -> list[tuple[str, list[Row]]]:
        grouped: dict[str, list[Row]] = defaultdict(list)
        for zone in self.served.zones if self.served else ():
            grouped[zone["kind"]].append(zone)
        return sorted(grouped.items())


@lru_cache(maxsize=4096, typed=True)
def both(zh: str, en: str, **values: object) -> Markup:
    """A text in both languages; the reader's choice hides one, and without a script both stand there.

    Kept: the same few hundred stand on every office's page.
    """
    zh_text, en_text = (Markup("{}").format(text.format(**values) if values else text) for text in (zh, en))
    return Markup('<span class="zh" lang="zh">{}</span> <span class="en" lang="en">{}</span>').format(zh_text, en_text)


def _short(severity: str) -> tuple[tuple[str, str], tuple[str, str]]:
    words = label(SEVERITIES, severity)
    return (words.zh, "："), (words.en, ":")


def _cause(row: Row) -> Label:
    """The name of a cause; 11 is never shown by its own."""
    if row["cause"] == "11":
        return Label("原因待核实", "cause not established")
    return Label(row["cause_zh"], row["cause_en"])
