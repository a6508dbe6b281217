"""The printed table of a night beside its floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_MEGA = 1_000_000


@dataclass(frozen=True)
class Line:
    """One row of the table; None where a figure was not measured."""

    name: str
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None
    spilled_bytes: int | None = None


def total(name: str, lines: Sequence[Line]) -> Line:
    """The sum of lines; of memory and spilled data the most."""
    return Line(
        name,
        sum(line.wall_seconds for line in lines),
        sum(line.cpu_seconds for line in lines),
        max(line.peak_bytes or 0 for line in lines),
        sum(line.read_bytes or 0 for line in lines),
        sum(line.written_bytes or 0 for line in lines),
        max(line.spilled_bytes or 0 for line in lines),
    )


def share_of_gates(stages: Sequence[Line], within_publish: float) -> str:
    """What the three gates that are stages of their own cost, and with them the two `within_publish` (CPU seconds)."""
    own = sum(line.cpu_seconds for line in stages if line.name.startswith("gate_"))
    whole, gates = sum(line.cpu_seconds for line in stages), own + within_publish
    return (
        f"gates: {own:.1f} s of CPU, {own / whole:.1%} of the night's;"
        f" with the two within publish {gates:.1f} s, {gates / whole:.1%}"
    )


def table(lines: Sequence[Line], floor: Line) -> str:
    """A Markdown table; `times floor` is the CPU of a line over the CPU of the whole floor."""
    heads = ("stage", "wall s", "CPU s", "times floor", "peak MB", "read MB", "written MB", "spilled MB")
    rows = [
        (
            line.name,
            f"{line.wall_seconds:.1f}",
            f"{line.cpu_seconds:.1f}",
            f"{line.cpu_seconds / floor.cpu_seconds:.2f}",
            *map(_mega, (line.peak_bytes, line.read_bytes, line.written_bytes, line.spilled_bytes)),
        )
        for line in lines
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---", *["---:"] * 7), *rows))


def agreement(floor: dict[str, int], night: dict[str, int]) -> list[str]:
    """One line for each figure: what floor and night say, and whether that is the same."""
    return [
        f"{name}: floor {floor[name]:,}, night {night[name]:,}" + ("" if floor[name] == night[name] else " DIFFERENT")
        for name in floor
    ]


def _mega(size: int | None) -> str:
    return "" if size is None else f"{size / _MEGA:,.0f}"
