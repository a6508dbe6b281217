"""Judges what came of the scenarios, and writes docs/nights-good-and-bad.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from include.contract.words import SYNTHETIC
from include.demo.rehearsal import COUNTRY
from include.demo.rehearsal.bad import BAD
from include.demo.rehearsal.good import GOOD
from include.demo.rehearsal.play import Outcome
from include.demo.rehearsal.scenario import Scenario


def wrong(scenario: Scenario, outcome: Outcome) -> list[str]:
    """What did not come as it must, in words; empty when all did."""
    expected, name = scenario.expected, scenario.name
    told = [
        *(f"{check} did not fail" for check in expected.checks if check not in outcome.checks),
        *(f"{verdict}: holds nothing" for verdict in expected.verdicts if verdict not in outcome.verdicts),
        *(f"{office}: nothing is held" for office in expected.held if office not in outcome.held),
    ]  # fmt: skip
    if outcome.stopped != expected.stops:
        told.append(f"stopped by {outcome.stopped or 'nothing'}, and not by {expected.stops or 'nothing'}")
    if not expected.stops and not scenario.until and not outcome.published:
        told.append("the night is not published")
    if scenario in GOOD:
        told += [f"{verdict} holds it" for verdict in outcome.verdicts if verdict.split()[0] in scenario.places]
        told += [
            f"{office}: {rows} rows are held" for office, rows in outcome.held.items() if office in scenario.places
        ]
        told += [f"{office}: refused" for office in outcome.refused if office in scenario.places]
    return [f"{name}: {text}" for text in told]


def document(outcomes: Mapping[str, Outcome]) -> str:
    """The page, from the outcome of each scenario by its name."""
    return "\n".join([*_head(), *_bad(outcomes), *_good(outcomes), *_alerts(outcomes)]) + "\n"


def _head() -> list[str]:
    return [
        "# Bad nights and good ones",
        "",
        f"{SYNTHETIC}. Written by `make rehearse-nights` (`include/demo/rehearsal/`): do not edit. A country of"
        f" {COUNTRY['counties']} counties and {COUNTRY['households']:,} households plays two ordinary nights; then each"
        " of the following happens on the third one. What each must come to is stated beside it in `bad.py` and"
        " `good.py`, and the command ends with an error when it does not. Alerts are what a real webhook on loopback"
        " took.",
        "",
    ]


def _bad(outcomes: Mapping[str, Outcome]) -> list[str]:
    lines = [
        "## Bad nights: caught, and held at the right grain",
        "",
        "| what happens | the nation's night | caught by | held | alert |",
        "|---|---|---|---|---|",
    ]
    for one in BAD:
        outcome = outcomes[one.name]
        caught = [f"`{check}`: {_where(outcome, check, one)}" for check in one.expected.checks]
        caught += [f"`{verdict}`: {outcome.verdicts[verdict]}" for verdict in one.expected.verdicts]
        caught += [f"`{outcome.stopped}`"] if not caught else []
        held = [f"{rows} rows of {office}" for office, rows in outcome.held.items() if office in one.places]
        cells = (one.what, _night(one, outcome), "<br>".join(caught), "; ".join(held) or _unheld(outcome), _anchor(one))
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _unheld(outcome: Outcome) -> str:
    return "all: yesterday's files are served" if outcome.stopped else "nothing: told, and all stays as it last stood"


def _night(scenario: Scenario, outcome: Outcome) -> str:
    if outcome.stopped:
        return f"stopped by {outcome.stopped}"
    return f"goes on (played up to {scenario.until})" if scenario.until else "published"


def _where(outcome: Outcome, check: str, scenario: Scenario) -> str:
    """Where a check failed, cut to the scenario's own places when several things happened on that night."""
    scopes = outcome.checks[check].split("; ")
    own = [scope for scope in scopes if any(place in scope for place in scenario.places)]
    return "; ".join((own or scopes)[:4])


def _anchor(scenario: Scenario) -> str:
    name = scenario.together or scenario.name
    return f"[text](#{name.replace(' ', '-')})"


def _good(outcomes: Mapping[str, Outcome]) -> list[str]:
    lines = [
        "## Good but unusual ones: nothing stops, nothing is held",
        "",
        "All on one night, each in its own county.",
        "",
        "| what happens | the nation's night | rows held there | advice that names it |",
        "|---|---|---|---|",
    ]
    for one in GOOD:
        outcome = outcomes[one.name]
        held = sum(rows for office, rows in outcome.held.items() if office in one.places)
        scopes = {scope for place in one.places for scope in (place, f"province {place[:2]}")}
        naming = (check for check, where in outcome.checks.items() if any(scope in where for scope in scopes))
        advice = [f"`{check}`" for check in naming]
        lines.append(f"| {one.what} | {_night(one, outcome)} | {held} | {', '.join(advice) or 'none'} |")
    return [*lines, ""]


def _alerts(outcomes: Mapping[str, Outcome]) -> list[str]:
    lines = ["## What people are told", ""]
    told: dict[str, Outcome] = {}
    for one in (*BAD, *GOOD):
        told.setdefault(one.together or one.name, outcomes[one.name])
    for name, outcome in told.items():
        lines += [f"### {name}", ""]
        for title, body in outcome.messages:
            lines += ["```text", title, "", body, "```", ""]
    return lines[:-1]


def groups(scenarios: Sequence[Scenario]) -> list[list[Scenario]]:
    """Scenarios by the night on which they are played."""
    found: dict[str, list[Scenario]] = {}
    for one in scenarios:
        found.setdefault(one.together or one.name, []).append(one)
    return list(found.values())
