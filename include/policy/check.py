"""Checks a rulebook: each rule alone, then the rules against each other and against what the nation guarantees.

Pure: rules and facts in, problems out. What dbt tests on the seed is tested here first, line by line, and also what
the recommendation would silently put right (a floor, an agreement), so that its issuer hears of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from include.clocks import as_day
from include.policy.facts import Facts
from include.policy.problem import Problem
from include.policy.read import Rule

NOT_ESTABLISHED = "11"
"""Cause "not established": it obliges nobody to anything."""

_NATION = "national"
_ASSIGNED = re.compile(r"\b([a-z0-9]+(?:_[a-z0-9]+)+)\s*=\s*(-?[\d,.]*\d)\s*([^\s;,]*)")
_NAME = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b")
_AMOUNT = re.compile(r"\d[\d,.]*\s*(?:万元|元|亩|平方米|公里|(?:yuan|wan|mu|m2|km)\b)", re.IGNORECASE)
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|％|percent\b)")
_WHOLE = Decimal(100)
#: The standard that says how many times a standing value a parameter may be before another unit is suspected.
_FACTOR = "rulebook_parameter_factor_max"


def check_rules(rules: Sequence[Rule], facts: Facts, in_force: Sequence[Rule], adds: bool = False) -> list[Problem]:
    """Problems of the rules, in order of line; an empty list is a sound rulebook.

    `in_force` is the rulebook that stands: its national entitlements are the floor. With `adds`, the rules are added
    to it; otherwise they take its place, and must then answer everything that it answers for the nation.
    """
    problems = [problem for rule in rules for problem in _of_one(rule, facts)]
    problems += _ids(rules, in_force if adds else ())
    book = [*(rule for rule in in_force if adds), *rules]
    problems += _overlaps(book)
    problems += _alternatives(book, facts)
    problems += _zones_disagree(book, facts)
    problems += _lowered(book, in_force, facts)
    if not adds:
        problems += _removed(rules, in_force)
        problems += _unanswered(rules, facts)
    return sorted(problem for problem in problems if problem.line > 0)


# --- one rule ----------------------------------------------------------------------------


def _of_one(rule: Rule, facts: Facts) -> Iterator[Problem]:
    for column in facts.columns:
        if column in facts.required and column in rule.values and not rule[column]:
            kind = f"{column}-missing" if column in ("issuer", "source") else "value-missing"
            yield Problem(rule.line, column, kind, {"column": column})
    for column, accepted in facts.accepted.items():
        if rule[column] and rule[column] not in accepted:
            expected = ", ".join(sorted(accepted))
            yield Problem(rule.line, column, f"unknown-{column}", {"value": rule[column], "expected": expected})
    yield from _scope(rule, facts)
    yield from _condition_kind(rule)
    yield from _measures(rule, facts)
    yield from _obligation(rule, facts)
    yield from _dates(rule)
    if rule["priority"] and not (rule["priority"].isascii() and rule["priority"].isdigit()):
        yield Problem(rule.line, "priority", "priority-no-number", {"value": rule["priority"]})
    yield from _parameters(rule, facts)


def _scope(rule: Rule, facts: Facts) -> Iterator[Problem]:
    kind, code = rule.scope
    if not kind or not code or kind not in facts.accepted["scope_kind"]:
        return
    details = {"kind": kind, "value": code, "level": facts.places.get(code, "")}
    if kind == _NATION:
        if code != "CN":
            yield Problem(rule.line, "scope_code", "scope-not-nation", details)
    elif kind == "zone":
        if code not in facts.zones:
            yield Problem(rule.line, "scope_code", "unknown-zone", details)
        elif facts.zones[code] and rule["offer"] == "unavailable_here":
            yield Problem(rule.line, "offer", "restricted-zone-takes-away", details)
    elif code not in facts.places:
        yield Problem(rule.line, "scope_code", "unknown-place", details)
    elif facts.places[code] != kind:
        yield Problem(rule.line, "scope_kind", "scope-another-level", details)
    elif code in facts.ended:
        last_day, successor = facts.ended[code]
        if rule.day("valid_to", date.max) > last_day:
            ended = {"last_day": f"{last_day}", "successor": successor or "places.csv"}
            yield Problem(rule.line, "scope_code", "place-has-ended", details | ended)


def _condition_kind(rule: Rule) -> Iterator[Problem]:
    kind, code, _ = rule.what
    if kind in ("cause", "condition") and code and (kind == "cause") != code.isdigit():
        yield Problem(rule.line, "condition_kind", "condition-another-kind", {"kind": kind, "value": code})


def _measures(rule: Rule, facts: Facts) -> Iterator[Problem]:
    measure, alternative = rule["measure_code"], rule["alternative_measure_code"]
    if measure and measure not in facts.measures:
        yield Problem(rule.line, "measure_code", "unknown-measure", {"value": measure})
    if alternative and alternative not in facts.measures:
        yield Problem(rule.line, "alternative_measure_code", "unknown-measure", {"value": alternative})
    if rule["offer"] == "unavailable_here" and not alternative:
        yield Problem(rule.line, "alternative_measure_code", "alternative-missing", {"value": measure})
    if rule["offer"] in ("must_offer", "may_offer") and alternative:
        details = {"value": alternative, "offer": rule["offer"]}
        yield Problem(rule.line, "alternative_measure_code", "alternative-to-an-offer", details)


def _obligation(rule: Rule, facts: Facts) -> Iterator[Problem]:
    if rule["offer"] != "must_offer":
        return
    if facts.measures.get(rule["measure_code"]):
        yield Problem(rule.line, "offer", "agreement-needed", {"value": rule["measure_code"]})
    if rule["condition_kind"] == "cause" and rule["condition_code"] == NOT_ESTABLISHED:
        yield Problem(rule.line, "offer", "cause-not-established", {"value": rule["measure_code"]})


def _dates(rule: Rule) -> Iterator[Problem]:
    days = {}
    for column in ("valid_from", "valid_to"):
        found = as_day(rule[column])
        if found:
            days[column] = found
        elif rule[column]:
            yield Problem(rule.line, column, "no-date", {"value": rule[column]})
    if days.get("valid_to", date.max) < days.get("valid_from", date.min):
        details = {"value": rule["valid_to"], "other": rule["valid_from"]}
        yield Problem(rule.line, "valid_to", "dates-reversed", details)


def _parameters(rule: Rule, facts: Facts) -> Iterator[Problem]:
    """Amounts are standards: a parameter names one, or sets one in the standard's own unit."""
    words = rule["parameters"]
    for name, value, unit in _ASSIGNED.findall(words):
        if name in facts.standards:
            yield from _setting(rule, name, value, unit, facts)
    free = _ASSIGNED.sub(lambda found: found[1], words)
    for name in dict.fromkeys(_NAME.findall(free)):
        if name not in facts.standards:
            yield Problem(rule.line, "parameters", "unknown-standard", {"value": name})
    for found in _AMOUNT.finditer(free):
        yield Problem(rule.line, "parameters", "amount-without-standard", {"value": found[0]})
    for found in _SHARE.finditer(free):
        if Decimal(found[1]) > _WHOLE:
            yield Problem(rule.line, "parameters", "share-over-whole", {"value": found[0]})


def _setting(rule: Rule, name: str, value: str, unit: str, facts: Facts) -> Iterator[Problem]:
    own_unit, standing = facts.standards[name]
    shown = ", ".join(f"{number.normalize():f}" for number in standing)
    details = {"name": name, "value": f"{value} {unit}".strip(), "unit": own_unit, "standing": shown}
    try:
        number = Decimal(value.replace(",", ""))
    except InvalidOperation:
        yield Problem(rule.line, "parameters", "unit-mistake", details)
        return
    if unit != own_unit:
        yield Problem(rule.line, "parameters", "unit-mistake", details)
    elif not any(_same_size(number, one, facts.standards[_FACTOR][1][-1]) for one in standing):
        yield Problem(rule.line, "parameters", "another-size", details)


def _same_size(number: Decimal, standing: Decimal, factor: Decimal) -> bool:
    if number == 0 or standing == 0:
        return number == standing
    return 1 / factor < number / standing < factor


# --- rules against each other ------------------------------------------------------------


def _ids(rules: Sequence[Rule], others: Sequence[Rule]) -> Iterator[Problem]:
    first = {rule["rule_id"]: _line(rule) for rule in others}
    for rule in rules:
        if not rule["rule_id"]:
            continue
        if rule["rule_id"] in first:
            details = {"value": rule["rule_id"], "other": first[rule["rule_id"]]}
            yield Problem(rule.line, "rule_id", "rule-id-twice", details)
        else:
            first[rule["rule_id"]] = _line(rule)


def _overlaps(rules: Sequence[Rule]) -> Iterator[Problem]:
    """One scope says one thing of one measure for one reason at a time."""
    same: dict[tuple[str, ...], list[Rule]] = defaultdict(list)
    for rule in rules:
        same[*rule.scope, *rule.what].append(rule)
    for group in same.values():
        for number, later in enumerate(group):
            for earlier in group[:number]:
                if later.overlaps(earlier):
                    kind = "dates-overlap" if later["offer"] == earlier["offer"] else "contradiction"
                    yield Problem(later.line, "valid_from", kind, _both(later, earlier))


def _alternatives(rules: Sequence[Rule], facts: Facts) -> Iterator[Problem]:
    """What is offered instead must be there: not the measure itself, not unavailable in the same place and time."""
    gone: dict[tuple[str, ...], list[Rule]] = defaultdict(list)
    for rule in rules:
        if rule["offer"] == "unavailable_here":
            gone[rule.what].append(rule)
    for rule in (rule for group in gone.values() for rule in group):
        met = {rule["measure_code"]}
        chain = [rule]
        first_blocked: Rule | None = None
        while chain:
            current = chain.pop()
            alternative = current["alternative_measure_code"]
            if alternative == rule["measure_code"]:
                details = {"value": rule["measure_code"], "alternative": rule["alternative_measure_code"]}
                yield Problem(rule.line, "alternative_measure_code", "alternative-circular", details)
                first_blocked = None
                break
            if alternative in met:
                continue
            met.add(alternative)
            for other in gone.get((*rule.what[:2], alternative), ()):
                if rule.overlaps(other) and scopes_meet(rule, other, facts):
                    first_blocked = first_blocked or other
                    chain.append(other)
        if first_blocked:
            details = {"value": rule["alternative_measure_code"], "other": _line(first_blocked)}
            yield Problem(rule.line, "alternative_measure_code", "alternative-unavailable", details)


def _zones_disagree(rules: Sequence[Rule], facts: Facts) -> Iterator[Problem]:
    """Two zones with a place in common that say yes and no: the recommendation decides, their issuers should."""
    by_what: dict[tuple[str, str, str], list[Rule]] = defaultdict(list)
    for rule in rules:
        if rule["scope_kind"] == "zone" and rule["scope_code"] in facts.zones:
            by_what[rule.what].append(rule)
    for group in by_what.values():
        for number, later in enumerate(group):
            for earlier in group[:number]:
                disagree = (later["offer"] == "unavailable_here") != (earlier["offer"] == "unavailable_here")
                apart = later["scope_code"] != earlier["scope_code"] and later.overlaps(earlier)
                if disagree and apart and scopes_meet(later, earlier, facts):
                    yield Problem(later.line, "offer", "zones-disagree", _both(later, earlier))


def _lowered(rules: Sequence[Rule], in_force: Sequence[Rule], facts: Facts) -> Iterator[Problem]:
    """A national entitlement is a floor: no narrower rule offers less."""
    floor: dict[tuple[str, str, str], list[Rule]] = defaultdict(list)
    for rule in (*rules, *in_force):
        # A must that is itself an error makes no floor: one mistake is told once.
        if rule["scope_kind"] == _NATION and rule["offer"] == "must_offer" and not any(_obligation(rule, facts)):
            floor[rule.what].append(rule)
    for rule in rules:
        national = next((one for one in floor[rule.what] if one.overlaps(rule)), None)
        if national and rule["scope_kind"] != _NATION and rule["offer"] in ("may_offer", "unavailable_here"):
            details = {"value": rule["offer"], "rule": national["rule_id"], "measure": rule["measure_code"]}
            yield Problem(rule.line, "offer", "entitlement-lowered", details)


def _removed(rules: Sequence[Rule], in_force: Sequence[Rule]) -> Iterator[Problem]:
    """Every national entitlement of the rulebook in force is still there, for all its days."""
    for old in in_force:
        if old["scope_kind"] != _NATION or old["offer"] != "must_offer":
            continue
        same = [rule for rule in rules if rule["scope_kind"] == _NATION and rule.what == old.what]
        if not _covered(old, [rule for rule in same if rule["offer"] == "must_offer"]):
            renamed = [rule for rule in rules if rule["rule_id"] == old["rule_id"]]
            line = next((rule.line for rule in (*same, *renamed)), 1)
            details = {"rule": old["rule_id"], "measure": old["measure_code"], "value": old["condition_code"]}
            yield Problem(line, "offer", "entitlement-removed", details)


def _covered(old: Rule, rules: Sequence[Rule]) -> bool:
    until = old.day("valid_from", date.min)
    end = old.day("valid_to", date.max)
    for rule in sorted(rules, key=lambda one: one.day("valid_from", date.min)):
        if rule.day("valid_from", date.min) > until:
            return False
        last = rule.day("valid_to", date.max)
        if last >= end:
            return True
        until = max(until, last + timedelta(days=1))
    return False


def _unanswered(rules: Iterable[Rule], facts: Facts) -> Iterator[Problem]:
    answered = {
        rule["condition_code"]
        for rule in rules
        if rule["scope_kind"] == _NATION and rule["offer"] != "unavailable_here"
    }
    for code in sorted(facts.conditions - answered):
        yield Problem(1, "condition_code", "no-national-answer", {"value": code})


def scopes_meet(one: Rule, other: Rule, facts: Facts) -> bool:
    """True when some place may lie in both scopes."""
    if _NATION in (one["scope_kind"], other["scope_kind"]) or one.scope == other.scope:
        return True
    return any(a.startswith(b) or b.startswith(a) for a in _prefixes(one, facts) for b in _prefixes(other, facts))


def _prefixes(rule: Rule, facts: Facts) -> Sequence[str]:
    kind, code = rule.scope
    return facts.zone_places.get(code, ()) if kind == "zone" else (code,)


def _both(later: Rule, earlier: Rule) -> dict[str, str]:
    return {
        "value": later["offer"],
        "other": _line(earlier),
        "scope": later["scope_code"],
        "other_scope": earlier["scope_code"],
        "measure": later["measure_code"],
        "condition": later["condition_code"],
    }


def _line(rule: Rule) -> str:
    return str(rule.line) if rule.line else f"({rule['rule_id']}, in force)"
