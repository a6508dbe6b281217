"""Who should do what this morning and until when, the most urgent first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from include.clocks import next_reading
from include.contract.words import Label, label
from include.watch.board_facts import Row, Tonight, is_reported
from include.watch.board_names import GATE_NAMES
from include.watch.messages import runbook, told
from include.watch.pages.office_facts import Offices
from include.watch.state import Alert

ENGINEER = Label("值班工程师", "Engineer on call")
DECIDER = Label("有权决定的人", "Person who decides")
LEAD = Label("监测负责人", "Monitoring lead")
OFFICE = Label("报送单位", "Reporting office")


@dataclass(frozen=True)
class Action:
    """Something a person should do this morning."""

    tone: str  # bad, warn or note
    who: Label
    what: Label
    how: Label
    offices: tuple[str, ...] = ()
    by: Label | None = None  # until when
    reasons: Mapping[str, Label] = field(default_factory=dict)  # by office, where each has its own


def actions(tonight: Tonight, alerts: Sequence[Alert], offices: Offices, night: date) -> tuple[Action, ...]:
    """Who should do what and until when, the most urgent first; nothing when nobody needs to."""
    due = [*_gate(tonight), *_alerts(alerts)]
    if not tonight.known:
        return tuple(due)
    again = f"{next_reading(night):%Y-%m-%d %H:%M}"
    by = Label(f"{again} 前", f"by {again}")
    in_state = {
        state: tuple(office["submitter"] for office in tonight.offices if office["state"] == state)
        for state in {office["state"] for office in tonight.offices}
    }
    due += _breakers(tonight)
    overdue = tuple(office["submitter"] for office in tonight.offices if office["overdue"])
    if overdue:
        count = tonight.held["overdue"]
        what = Label(f"致电询问 {count:,} 户逾期的暂缓户", f"Ring about {_many(count, 'household')} held past the date")
        how = Label(
            f"逐户问清何时修正；修正或撤回之前一直暂缓，仍在册、照常帮扶。见 {_HELD_RUNBOOK}",
            "Ask when each is mended; until the office mends or withdraws it, it stays held, in the registry and "
            f"helped as before. See {_HELD_RUNBOOK}",
        )
        due.append(Action("bad", LEAD, what, how, overdue, Label("现在", "now")))
    if refused := (*in_state.get("rejected", ()), *in_state.get("refused", ())):
        what = Label(
            f"{len(refused):,} 个单位的报送包未能接收，须重新报送",
            f"{_many(len(refused), 'office')} must send again: the package could not be taken",
        )
        how = Label(
            "监测负责人早上致电；怎样修正见通知书。这些县的户保持原状，帮扶不受影响",
            "The monitoring lead rings them this morning; the letter says how to mend it. Households stay as they "
            "were, and so does their help",
        )
        due.append(Action("bad", OFFICE, what, how, refused, by, _reasons(tonight, offices, refused)))
    if beside := _came_later(tonight, "rejected"):
        what = Label(
            f"{len(beside):,} 个单位后来又报的包未能接收，须重新报送",
            f"{_many(len(beside), 'office')} must send a later package of the night again: it could not be taken",
        )
        how = Label(
            "此前报送的已接收，仍有效；怎样修正见通知书",
            "What was sent before it was taken and counts; the letter says how to mend it",
        )
        due.append(Action("warn", OFFICE, what, how, beside, by, _reasons(tonight, offices, beside)))
    if whole := (*in_state.get("held", ()), *_came_later(tonight, "held")):
        what = Label(
            f"{len(whole):,} 个单位的报送全部暂缓", f"Look at {_many(len(whole), 'office')} whose package is held whole"
        )
        how = Label(
            "先问该单位是否属实；不属实的修正重报，熔断暂缓的由人决定",
            "Ask the office whether it is so; where not it mends, and where a breaker holds it a person decides",
        )
        due.append(Action("bad", LEAD, what, how, whole, by, _reasons(tonight, offices, whole)))
    if missing := in_state.get("missing"):
        what = Label(
            f"致电 {len(missing):,} 个没有报送的单位", f"Ring {_many(len(missing), 'office')} from which nothing came"
        )
        how = Label("没有变化也应报“无变化”", "Where nothing changed, a manifest that says so is enough")
        due.append(Action("bad", LEAD, what, how, missing, by))
    if waiting := in_state.get("waiting"):
        what = Label(
            f"{len(waiting):,} 个单位的报送包没有传完", f"{_many(len(waiting), 'office')} did not finish uploading"
        )
        how = Label("传完后下一夜接收", "Once whole, the package is taken the next night")
        due.append(Action("warn", OFFICE, what, how, waiting, by))
    if unread := _unread(tonight, offices):
        what = Label(
            f"{len(unread):,} 个单位有文件或行无法读取，须重新报送这一部分",
            f"{_many(len(unread), 'office')} must send again what could not be read; the rest was taken",
        )
        how = Label("哪个文件、怎样重报，见通知书", "Which file, and how to send it, is in the letter")
        due.append(Action("warn", OFFICE, what, how, tuple(unread), by, unread))
    return (*due, *_holding(tonight, offices))


def _breakers(tonight: Tonight) -> list[Action]:
    """What a breaker holds and nobody has answered: these alone can be released, or kept held, by a person."""
    attempts = {hold["attempt_id"] for hold in tonight.breakers}
    if not attempts:
        return []
    counties = {hold["county_id"] for hold in tonight.breakers}
    what = Label(
        f"决定 {len(attempts):,} 个被熔断暂缓的报送包",
        f"Decide on {_many(len(attempts), 'package')} that a breaker holds",
    )
    how = Label(
        "先致电该县，再在 Airflow 的 release_county 中作答并写明理由；"
        "三天无人作答的，清除 ask 再问，或用 targeted release",
        "Ring the county, then answer its run of release_county in Airflow and give the reason; one that nobody "
        "answered in three days asks again when ask is cleared, or use targeted release",
    )
    codes = tuple(office["submitter"] for office in tonight.offices if office["county_id"] in counties)
    return [Action("bad", DECIDER, what, how, codes)]


def _came_later(tonight: Tonight, state: str) -> tuple[str, ...]:
    """Offices of which something counts, and of a later package of the night nothing does."""
    return tuple(office["submitter"] for office in tonight.offices if office["later_state"] == state)


def _reasons(tonight: Tonight, offices: Offices, among: Sequence[str]) -> dict[str, Label]:
    """Why nothing of a package of these offices was taken, where a rule of the catalogue says so."""
    said = {office["submitter"]: offices.title(why_nothing(office) or "") for office in tonight.offices}
    return {code: reason for code in among if (reason := said[code]) is not None}


def _unread(tonight: Tonight, offices: Offices) -> dict[str, Label]:
    """Offices whose package was taken but for a file or row that could not be read, and what was wrong with it."""
    found: dict[str, Label] = {}
    for office in filter(is_reported, tonight.offices):
        code = office["submitter"]
        for rule in offices.rules.get(code, ()):
            still = rule["severity"] == "reject" and not rule["trial"] and rule["fresh"] + rule["standing"] > 0
            if still and code not in found and rule["rule"] != why_nothing(office):
                found[code] = offices.title(rule["rule"]) or Label(rule["rule"], rule["rule"])
    return found


def _holding(tonight: Tonight, offices: Offices) -> list[Action]:
    """Offices with held households, the one whose first decision is due soonest first, and what is wrong most often."""
    holding = sorted(
        (office for office in tonight.offices if office["held_households"]),
        key=lambda office: (office["decide_by"] or date.max, -office["held_households"], office["submitter"]),
    )
    if not holding:
        return []
    total, day = sum(office["held_households"] for office in holding), holding[0]["decide_by"]
    what = Label(
        f"{len(holding):,} 个单位有 {total:,} 户暂缓，按通知书修正",
        f"{_many(len(holding), 'office')} to mend {_many(total, 'held household')} by their letters",
    )
    known = ((offices.title(row["rule"]), row["households"]) for row in tonight.held_by)
    often = [(title, households) for title, households in known if title][:_OFTEN]
    why_zh = "、".join(f"{title.zh}（{households:,} 户）" for title, households in often)
    why_en = ", ".join(f"{title.en} ({_many(households, 'household')})" for title, households in often)
    how = Label(
        (f"最常见：{why_zh}。" if often else "")
        + f"暂缓的户仍在册、照常帮扶；最早 {day} 起，未修正的由监测负责人致电询问",
        (f"Most often: {why_en}. " if often else "")
        + f"They stay in the registry and are helped as before; from {day} on the lead rings about what is not mended",
    )
    codes = tuple(office["submitter"] for office in holding)
    return [Action("warn", OFFICE, what, how, codes, Label(f"最早一户 {day} 前", f"the first before {day}"))]


_HELD_RUNBOOK = "docs/runbooks/held-households.md"
_OFTEN = 3
"""Rules that are named for all held households together."""


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def _gate(tonight: Tonight) -> list[Action]:
    """The check that failed first: what comes after it is likely its doing."""
    stopped = [check for check in tonight.failed if check["suite"] == "blocking"]
    if not stopped:
        return []
    first, gate = stopped[0], label(GATE_NAMES, stopped[0]["stage"])
    more = len(stopped) - 1
    what = Label(
        f"闸口“{gate.zh}”最先未通过：{first['check_id']}" + (f"；此后另有 {more} 项未通过" if more else ""),
        f"The gate “{gate.en}” said no first: {first['description']}"
        + (f"; {more} more failed after it" if more else ""),
    )
    see = runbook(f"gate:{first['stage']}")
    how = Label(f"处理见 {see}", f"{first['todo'].rstrip('.')}. See {see}" if first["todo"] else f"See {see}")
    return [Action("bad", ENGINEER, what, how)]


def _alerts(alerts: Sequence[Alert]) -> list[Action]:
    """Alerts that stand, without those of gates: the gate says itself what failed."""
    return [
        Action(
            "bad",
            ENGINEER,
            Label(
                f"警报未解除：{told(alert.subject)}，自 {alert.since}",
                f"An alert stands: {told(alert.subject)}, since {alert.since}",
            ),
            Label(
                f"迹象：{'、'.join(alert.signs)}；见 {runbook(alert.subject)}",
                f"Signs: {', '.join(alert.signs)}. See {runbook(alert.subject)}",
            ),
        )
        for alert in alerts
        if not alert.subject.startswith("gate:")
    ]


def why_nothing(office: Row) -> str | None:
    """The rule by which nothing was taken of a package of the night, the later one where something was taken before."""
    nothing = office["state"] in ("rejected", "refused", "held")
    reason: str | None = office["later_reason"] if office["later_state"] else office["reason"] if nothing else None
    return reason
