"""The night's figures as a text file that Prometheus' node exporter reads (textfile collector): counts alone.

`watch/night.prom` in the state folder, written anew each night. What Airflow itself measures (durations of tasks and
DAGs) goes out by its own settings: docs/deployment.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from include.clocks import TIMEZONE, known_at
from include.files import write_aside
from include.home import Home
from include.warehouse.versions import link
from include.watch.board_facts import Tonight
from include.watch.gate_seconds import kept

Sample = tuple[str, dict[str, str], float]
"""A metric's name, its labels and its value."""

_HELP = {
    "targeted_night_timestamp_seconds": "Cut-off of the last night that came to its end, in seconds since 1970.",
    "targeted_served_timestamp_seconds": "Cut-off of the night whose marts readers get, in seconds since 1970.",
    "targeted_published_timestamp_seconds": "When the marts that readers get were published.",
    "targeted_offices": "Offices by the state of their report tonight.",
    "targeted_rows": "Rows of tonight by what became of them.",
    "targeted_households_held": "Households held, and those past the day by which they should be mended.",
    "targeted_counties_held": "Packages that a breaker holds and on which nobody has decided, by rule.",
    "targeted_gate_checks": "Checks of each gate by result; a gate that did not run has none.",
    "targeted_gate_seconds": "How long each gate of this night took, in seconds of wall time.",
    "targeted_findings_open": "Open findings of all offices, by severity.",
    "targeted_alerts_open": "Alerts that stand.",
}


def write_metrics(home: Home, night: date, served: date | None, tonight: Tonight | None, alerts_open: int) -> None:
    """Write the figures of a night; a night without a quality file has no more than its two times and the alerts."""
    pointed = link(home, "marts")
    published = [float(int(pointed.stat().st_mtime))] if pointed.exists() else []
    samples: list[Sample] = [
        ("targeted_night_timestamp_seconds", {}, _seconds(night)),
        *([("targeted_served_timestamp_seconds", {}, _seconds(served))] if served else []),
        *(("targeted_published_timestamp_seconds", {}, at) for at in published),
        ("targeted_alerts_open", {}, float(alerts_open)),
        *(("targeted_gate_seconds", {"stage": stage}, seconds) for stage, seconds in kept(home, night).items()),
        *(_of_quality(tonight) if tonight else ()),
    ]
    with write_aside(home.metrics) as aside:
        aside.write_text("".join(_lines(samples)), encoding="utf-8")


def _of_quality(tonight: Tonight) -> Iterator[Sample]:
    for gate in tonight.gates:
        failed, advice = gate["failed"], gate["advisories"]
        counts = {"failed": failed, "advice": advice, "passed": gate["checks"] - failed - advice}
        for result, count in counts.items():
            yield "targeted_gate_checks", {"stage": gate["stage"], "result": result}, float(count)
    for rule, count in sorted(Counter(hold["rule"] for hold in tonight.breakers).items()):
        yield "targeted_counties_held", {"rule": rule}, float(count)
    if not tonight.known:
        return
    for state, count in sorted(Counter(office["state"] for office in tonight.offices).items()):
        yield "targeted_offices", {"state": str(state)}, float(count)
    for fate in ("received", "accepted", "held", "rejected"):
        yield "targeted_rows", {"fate": fate}, float(sum(office[fate] for office in tonight.offices))
    for severity, count in tonight.findings.items():
        yield "targeted_findings_open", {"severity": severity}, float(count)
    for state in ("households", "overdue"):
        yield "targeted_households_held", {"state": state}, float(tonight.held[state])


def _seconds(night: date) -> float:
    return datetime.timestamp(known_at(night).replace(tzinfo=ZoneInfo(TIMEZONE)))


def _lines(samples: list[Sample]) -> Iterator[str]:
    """Text exposition format: each metric once, its help and type before its samples."""
    for name in dict.fromkeys(sample[0] for sample in samples):
        yield f"# HELP {name} {_HELP[name]}\n# TYPE {name} gauge\n"
        for _, labels, value in (sample for sample in samples if sample[0] == name):
            told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
            yield f"{name}{{{told}}} {_number(value)}\n" if told else f"{name} {_number(value)}\n"


def _number(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() else f"{value:.1f}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
