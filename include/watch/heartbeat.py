"""The message that comes each night, pass or fail: its absence says that the night itself did not run."""

from __future__ import annotations

from datetime import date

from include.home import Home
from include.result import Result
from include.settings import Settings
from include.warehouse.versions import current, versions
from include.watch.alerts import notify_heartbeat
from include.watch.board_facts import Tonight, is_reported, read_tonight


def tell_heartbeat(home: Home, settings: Settings, night: date) -> Result:
    """Send how the night went, from its published quality file; a rerun that changes nothing sends nothing.

    Raises AlertNotDelivered when a route did not take it, and duckdb.Error when the quality file cannot be read.
    """
    quality = [version for version in versions(home, "quality") if version.night == night]
    tonight = read_tonight(settings, home.published / quality[-1].file_name, night) if quality else None
    served = current(home, "marts")
    lines = heartbeat_lines(night, served.night if served else None, tonight)
    return Result(
        "heartbeat", night, counts={"told": notify_heartbeat(home, settings, night, lines)}, notes=(lines[0],)
    )


def heartbeat_lines(night: date, served: date | None, tonight: Tonight | None) -> list[str]:
    """Headline and figures of a night: what is served, who reported, what is held, which gates said no."""
    published = served is not None and served >= night
    headline = f"{night:%Y-%m-%d} " + ("已发布 published" if published else "未发布 NOT published")
    if not published:
        headline += f", 仍供 still served: {served:%Y-%m-%d}" if served else ", 尚无 nothing is served yet"
    if tonight is None:
        return [headline, "本夜没有质量库 this night has no quality file"]
    failed = [f"{gate['stage']} ({gate['failed']})" for gate in tonight.gates if gate["failed"]]
    lines = [f"未通过的闸口 gates failed: {', '.join(failed)}"] if failed else ["各闸口均通过 every gate passed"]
    if not tonight.known:
        return [headline, *lines]
    reported = sum(is_reported(office) for office in tonight.offices)
    received, accepted, held, rejected = (
        sum(office[name] for office in tonight.offices) for name in ("received", "accepted", "held", "rejected")
    )
    households = tonight.held
    return [
        f"{headline}; 已报 reported: {reported:,} / {len(tonight.offices):,}",
        *lines,
        f"收到 received {received:,} = 接收 accepted {accepted:,} + 暂缓 held {held:,} + 未读 rejected {rejected:,}",
        f"暂缓户 households held: {households['households']:,}; 逾期待决 past their date: {households['overdue']:,}",
    ]
