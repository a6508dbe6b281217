"""The night in sentences: how much of the nation it shows, what changed since the night before, who should act."""

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
from include.watch.pages.places import counties_in_force
from include.watch.state import Alert

ENGINEER = Label("值班工程师", "Engineer on call")
DECIDER = Label("有权决定的人", "Person who decides")
LEAD = Label("监测负责人", "Monitoring lead")
OFFICE = Label("报送单位", "Reporting office")


@dataclass(frozen=True)
class Coverage:
    """How many counties reported of those that have an inbox here, and of those that the nation has."""

    reported: int
    accounts: int
    nation: int
    minimum: float  # share of the nation's counties that makes a national picture

    @property
    def national(self) -> bool:
        """Whether the figures may be read as the nation's."""
        return self.reported >= self.minimum * self.nation


@dataclass(frozen=True)
class Headline:
    """What the night comes down to for its counties, in one sentence, and its tone: good, warn or bad."""

    tone: str
    words: Label


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


@dataclass(frozen=True)
class Changes:
    """What is not as it was the night before: offices by code, rows and findings as counts."""

    since: date
    silent: tuple[str, ...]  # reported then, not tonight
    back: tuple[str, ...]
    held_before: int
    held: int
    findings_before: int
    findings: int


def coverage(tonight: Tonight, night: date, minimum: float) -> Coverage:
    """Counties alone: provinces, assessors and registers are no part of a national picture."""
    counties = [office for office in tonight.offices if office["kind"] == "county"]
    return Coverage(sum(map(is_reported, counties)), len(counties), counties_in_force(night), minimum)


def headline(offices: Sequence[Row]) -> Headline | None:
    """What became of the counties among these offices, the worst first; None where no county reports."""
    counties = [office for office in offices if office["kind"] == "county"]
    if not counties:
        return None
    lost = [office for office in counties if not is_reported(office)]
    holding = [office for office in counties if office["held_households"]]
    zh, en = [], []
    if lost:
        zh.append(f"{len(counties):,} 个县中 {len(lost):,} 个县的报送当夜未能接收")
        en.append(f"Nothing was taken of {len(lost):,} of {_many_counties(len(counties))}")
    else:
        zh.append(f"{len(counties):,} 个县的报送均有接收")
        en.append(f"Reports of all {_many_counties(len(counties))} were taken")
    if holding:
        households = sum(office["held_households"] for office in holding)
        zh.append(f"{len(holding):,} 个县有 {households:,} 户暂缓，待修正")
        en.append(
            f"{_many(households, 'household')} of {_many_counties(len(holding))} "
            f"{'is' if households == 1 else 'are'} held until mended"
        )
    return Headline("bad" if lost else "warn" if holding else "good", Label("；".join(zh) + "。", "; ".join(en) + "."))


def changes(offices: Offices) -> Changes | None:
    """Against the night before; None on a first night."""
    if offices.previous is None:
        return None
    then = {code: row for code, rows in offices.history.items() for row in rows if row["night"] == offices.previous}
    now = {code: row for code, rows in offices.history.items() for row in rows if row["night"] == offices.nights[-1]}
    both = sorted(then.keys() & now.keys())
    return Changes(
        offices.previous,
        tuple(code for code in both if is_reported(then[code]) and not is_reported(now[code])),
        tuple(code for code in both if not is_reported(then[code]) and is_reported(now[code])),
        sum(row["held"] for row in then.values()),
        sum(row["held"] for row in now.values()),
        sum(row["findings"] for row in then.values()),
        sum(row["findings"] for row in now.values()),
    )


def standing_alerts(alerts: Sequence[Alert], tonight: Tonight | None) -> tuple[Alert, ...]:
    """Open alerts, without those of gates that let this night through: their end is told after the board is written."""
    passed = {f"gate:{gate['stage']}" for gate in tonight.gates if not gate["failed"]} if tonight else set()
    return tuple(alert for alert in alerts if alert.subject not in passed)


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
    overdue = tuple(office["submitter"] for office in tonight.offices if office["overdue"])
    if overdue:
        count = tonight.held["overdue"]
        what = Label(f"{count:,} 户暂缓已到期，须作决定", f"Decide on {_many(count, 'household')} held past the date")
        how = Label(
            "在 Airflow 中打开 release_county，逐县决定并写明理由",
            "Open release_county in Airflow; decide county by county and give the reason",
        )
        due.append(Action("bad", DECIDER, what, how, overdue, Label("现在", "now")))
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
    if whole := in_state.get("held"):
        what = Label(
            f"{len(whole):,} 个单位的报送全部暂缓", f"Look at {_many(len(whole), 'office')} whose package is held whole"
        )
        how = Label(
            "先问该单位是否属实，再修正重报或由人决定",
            "Ask the office whether it is so, then it mends or a person decides",
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


def _reasons(tonight: Tonight, offices: Offices, among: Sequence[str]) -> dict[str, Label]:
    """Why nothing of these offices was taken, where a rule of the catalogue says so."""
    said = {office["submitter"]: offices.title(office["reason"] or "") for office in tonight.offices}
    return {code: reason for code in among if (reason := said[code]) is not None}


def _unread(tonight: Tonight, offices: Offices) -> dict[str, Label]:
    """Offices whose package was taken but for a file or row that could not be read, and what was wrong with it."""
    found: dict[str, Label] = {}
    for office in filter(is_reported, tonight.offices):
        code = office["submitter"]
        for rule in offices.rules.get(code, ()):
            still = rule["severity"] == "reject" and not rule["trial"] and rule["fresh"] + rule["standing"] > 0
            if still and code not in found:
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
        (f"最常见：{why_zh}。" if often else "") + f"暂缓的户仍在册、照常帮扶；最早 {day} 起，未修正的由人决定",
        (f"Most often: {why_en}. " if often else "")
        + f"They stay in the registry and are helped as before; from {day} on a person decides on what is not mended",
    )
    codes = tuple(office["submitter"] for office in holding)
    return [Action("warn", OFFICE, what, how, codes, Label(f"最早一户 {day} 前", f"the first before {day}"))]


_OFTEN = 3
"""Rules that are named for all held households together."""


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def _many_counties(count: int) -> str:
    return f"{count:,} {'county' if count == 1 else 'counties'}"


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


def by_urgency(offices: Sequence[Row]) -> list[Row]:
    """Offices with the one that needs somebody most first."""
    return sorted(offices, key=_urgency)


def is_waiting(office: Row) -> bool:
    """Whether somebody should look: nothing came whole, it could not be taken, or rows or households are held."""
    return office["state"] in _ORDER[:6] or office["held_households"] > 0


_ORDER = (
    "rejected", "refused", "missing", "waiting", "held", "partly_accepted", "accepted_with_queries", "accepted",
    "nothing_due",
)  # fmt: skip


def _urgency(office: Row) -> tuple[bool, int, int, str]:
    place = _ORDER.index(office["state"]) if office["state"] in _ORDER else len(_ORDER)
    return (not office["overdue"] and is_reported(office), place, -office["held_households"], office["submitter"])
