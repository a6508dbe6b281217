"""Small charts as inline SVG. Each says in words what it shows, so that nobody has to see colours or lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from include.contract.words import ATTEMPT_STATES, label
from include.watch.board_facts import Row
from include.watch.pages.places import Tile

TONES = {
    "accepted": "good", "nothing_due": "good", "accepted_with_queries": "good", "partly_accepted": "part",
    "superseded": "part", "withdrawn": "part", "held": "held", "waiting": "late", "missing": "none",
    "rejected": "bad", "refused": "bad",
}  # fmt: skip
"""How a state looks; told by height as well as by colour."""

_HEIGHTS = {"good": 16, "part": 12, "held": 9, "late": 6, "bad": 6, "none": 2}
_NIGHT = 9


def history_strip(history: Sequence[Row]) -> Markup:
    """One bar for each night: high when all was taken, low when nothing was."""
    if not history:
        return Markup("")
    bars, words = [], []
    for place, row in enumerate(history):
        tone = TONES.get(row["state"], "part")
        height = _HEIGHTS[tone]
        bars.append(
            Markup('<rect class="{}" x="{}" y="{}" width="7" height="{}"/>').format(
                f"t-{tone}", place * _NIGHT, 18 - height, height
            )
        )
        state = label(ATTEMPT_STATES, row["state"])
        words.append(f"{row['night']:%m-%d} {state.zh} {state.en}")
    return Markup('<svg class="strip" role="img" aria-label="{}" width="{}" height="18">{}</svg>').format(
        "; ".join(words), len(history) * _NIGHT, Markup("").join(bars)
    )


def sparkline(values: Sequence[float | int | None], what: str, tone: str = "line") -> Markup:
    """A line over the nights, from zero to the highest; nothing when there are fewer than two values."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:  # noqa: PLR2004  a line has two ends
        return Markup("")
    top = max(value for _, value in known) or 1
    step = 92 / (len(values) - 1)
    points = [(3 + place * step, 21 - 18 * value / top) for place, value in known]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    said = f"{what}: " + ", ".join(f"{value:,}" for _, value in known)
    return Markup(
        '<svg class="spark s-{}" role="img" aria-label="{}" width="98" height="24"><polyline points="{}"/>'
        '<circle cx="{:.1f}" cy="{:.1f}" r="2.5"/></svg>'
    ).format(tone, said, line, *points[-1])


def columns(rows: Sequence[tuple[str, int, str]], what: str) -> Markup:
    """Labelled columns, one for each night: (label, value, tone), the value above its column."""
    if not rows:
        return Markup("")
    top = max(value for _, value, _ in rows) or 1
    width = 46
    drawn = []
    for place, (name, value, tone) in enumerate(rows):
        height, left = 70 * value / top, place * width
        drawn.append(
            Markup(
                '<rect class="t-{}" x="{}" y="{:.1f}" width="34" height="{:.1f}"/>'
                '<text x="{}" y="{:.1f}">{}</text><text class="at" x="{}" y="108">{}</text>'
            ).format(
                tone, left + 6, 92 - height, max(height, 1), left + 23, 87 - height, compact(value), left + 23, name
            )
        )
    said = f"{what}: " + ", ".join(f"{name} {value:,}" for name, value, _ in rows)
    return Markup('<svg class="columns" role="img" aria-label="{}" viewBox="0 0 {} 112" width="{}">{}</svg>').format(
        said, len(rows) * width, len(rows) * width, Markup("").join(drawn)
    )


def compact(value: int, exact: int = 10_000) -> str:
    """A number short enough for a chart: as it is below `exact`, then 32.1k, 344k, 1.2M."""
    for limit, unit, one in ((999_500, "M", 1_000_000), (99_950, "k", 1_000)):
        if value >= limit:
            return f"{value / one:.1f}{unit}" if unit == "M" else f"{value / one:.0f}{unit}"
    return f"{value / 1_000:.1f}k" if value >= exact else f"{value:,}"


@dataclass(frozen=True)
class TileFact:
    """What one province shows on the map."""

    tile: Tile
    tone: str  # good, held, late, bad, or off when it has no county here
    accounts: int
    reported: int
    held: int  # households

    @property
    def name(self) -> str:
        """The tile in words."""
        if not self.accounts:
            return f"{self.tile.name_en}: 无报送县 no county reports here"
        return (
            f"{self.tile.name_en}: 接收 taken {self.reported:,} / {self.accounts:,}, "
            f"暂缓户 held households {self.held:,}"
        )


_TILE = 66


def tile_map(facts: Sequence[TileFact]) -> Markup:
    """The provinces in a grid, each a link to its page; a province without a county here is grey and no link."""
    drawn = []
    for fact in facts:
        tile = fact.tile
        left, top = tile.column * _TILE, tile.row * _TILE
        text = f"{fact.reported:,}/{fact.accounts:,}" if fact.accounts else "–"
        held = Markup(
            '<text class="held zh" x="{0}" y="{1}">暂 {2}</text><text class="held en" x="{0}" y="{1}">held {2}</text>'
        ).format(left + 31, top + 54, compact(fact.held, exact=1_000))
        silent = Markup('<rect class="silent" x="{}" y="{}" width="{:.1f}" height="4"/>').format(
            left, top + 58, 62 * (1 - fact.reported / fact.accounts) if fact.accounts else 0
        )
        shape = Markup(
            '<g class="tile t-{}"><title>{}</title><rect x="{}" y="{}" width="62" height="62" rx="5"/>'
            '<text class="zh name" x="{}" y="{}">{}</text><text class="en name" x="{}" y="{}">{}</text>'
            '<text x="{}" y="{}">{}</text>{}{}</g>'
        ).format(
            fact.tone, fact.name, left, top, left + 31, top + 22, tile.short_zh, left + 31, top + 22, tile.iso,
            left + 31, top + 39, text, held if fact.held else "", silent,
        )  # fmt: skip
        page = f"provinces/{tile.code}.html"
        link = Markup('<a href="{}" data-page="{}" aria-label="{}">{}</a>')
        drawn.append(link.format(page, page, fact.name, shape) if fact.accounts else shape)
    width = (max(fact.tile.column for fact in facts) + 1) * _TILE
    height = (max(fact.tile.row for fact in facts) + 1) * _TILE
    return Markup('<svg class="map" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>').format(
        width, height, "各省报送情况 reporting by province", Markup("").join(drawn)
    )
