"""The message that comes each night, pass or fail: its absence says that the night did not get so far."""

from __future__ import annotations

from datetime import date, datetime

from include.home import Home
from include.result import Result
from include.settings import Settings
from include.warehouse.versions import current, versions
from include.watch.alerts import notify_heartbeat
from include.watch.board_facts import Tonight, is_reported, read_tonight
from include.watch.messages import without_keys
from include.watch.metrics import write_metrics
from include.watch.routing import way_of
from include.watch.state import read_open_alerts


def tell_heartbeat(home: Home, settings: Settings, night: date, at: datetime | None = None) -> Result:
    """Send how the night went, from its published quality file; a rerun that changes nothing sends nothing.

    The same figures go into watch/night.prom.

    Raises AlertNotDelivered when a route did not take it, and duckdb.Error when the quality file cannot be read.
    """
    quality = [version for version in versions(home, "quality") if version.night == night]
    tonight = read_tonight(settings, home.published / quality[-1].file_name, night) if quality else None
    served = current(home, "marts")
    of = served.night if served else None
    lines = heartbeat_lines(night, of, tonight)
    write_metrics(home, night, of, tonight, len(read_open_alerts(home)))
    told = notify_heartbeat(home, settings, night, lines, at, published=of == night)
    return Result("heartbeat", night, counts={"told": told}, notes=(lines[0],))


def heartbeat_lines(night: date, served: date | None, tonight: Tonight | None) -> list[str]:
    """Headline and figures of a night: what is served, who reported, what is held, which gates said no."""
    headline = f"{night:%Y-%m-%d} " + ("已发布 published" if served == night else "未发布 NOT published")
    if served is None:
        headline += ", 尚无 nothing is served yet"
    elif served != night:
        headline += f", 仍供 still served: {served:%Y-%m-%d}"
    if tonight is None:
        return [headline, "本夜没有质量库 this night has no quality file"]
    failed = [f"{gate['stage']} ({gate['failed']})" for gate in tonight.gates if gate["failed"]]
    passed = "各闸口均通过 every gate passed" if tonight.gates else "没有闸口运行 no gate ran"
    lines = [f"未通过的闸口 gates failed: {', '.join(failed)}"] if failed else [passed]
    if not tonight.known:
        return [headline, *lines, *digest(night, tonight)]
    reported = sum(is_reported(office) for office in tonight.offices)
    received, accepted, held, rejected = (
        sum(office[name] for office in tonight.offices) for name in ("received", "accepted", "held", "rejected")
    )
    households = tonight.held
    return [
        f"{headline}; 已报 reported: {reported:,} / {len(tonight.offices):,}",
        *lines,
        f"收到 received {received:,} = 接收 accepted {accepted:,} + 暂缓 held {held:,} + 未读 rejected {rejected:,}",
        f"暂缓户 households held: {households['households']:,}; 逾期 past their date: {households['overdue']:,}",
        *digest(night, tonight),
    ]


def digest(night: date, tonight: Tonight) -> list[str]:
    """What a person looks at in the morning: what a breaker holds until somebody answers, and advice by routing.csv."""
    lines = [
        f"县级熔断 held by a breaker: {hold['submitter']} {hold['rule']}"
        f" ({hold['measured']:g} > {hold['threshold']:g}), 待人决定 waits for release_county"
        + (f", 自 since {hold['night']}" if hold["night"] < night else "")
        for hold in tonight.breakers
    ]
    advice = [check for check in tonight.failed if check["suite"] != "blocking"]
    shown = [check for check in advice if way_of(check["check_id"], check["severity"], night) != "board"]
    if advice:
        alone = len(advice) - len(shown)
        lines.append(f"提示 advice: {len(advice)}" + (f"; 仅见看板 on the board alone: {alone}" if alone else ""))
    for check in shown:
        where = without_keys(check["examples"] or check["observed"])
        lines.append(f"- {check['check_id']}: {check['description']}; 何处 where: {where}")
    return lines
