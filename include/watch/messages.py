"""The words of the alerts: what failed, how many, where, what is blocked, what to do. Counts and codes alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from expectations.results import BLOCKED, one_cause
from include.contract.words import SYNTHETIC
from include.intake.long_numbers import RUN, for_python
from include.settings import Settings
from include.watch.freshness import AHEAD, SUBJECT, has_not_come
from include.watch.routes import Message
from include.watch.state import Alert
from include.watch.subjects import RELEASES, step_subject

_SHOWN = 8  # checks told in full; the rest is counted, and all are rows of quality.gate_results
_LONG = 300
_RUN = for_python(RUN)

_BLOCKED_ZH = {
    "submissions": "今晚的构建",
    "warehouse": "今晚的集市",
    "marts": "今晚的发布",
    "disclosure": "公开库及今晚的发布",
    "published": "换上今晚的文件",
}
"""What does not run when a gate fails, by stage, beside its English in expectations.results."""


def _blocked(stage: str) -> str:
    return f"{_BLOCKED_ZH[stage]} · {BLOCKED[stage]}" if stage in BLOCKED else stage


def runbook(subject: str) -> str:
    """Path of the runbook of an alert's subject, within the project."""
    kind, _, name = subject.partition(":")
    if kind == "disk":
        return "docs/runbooks/disk-full.md"
    if kind in ("freshness", "late"):
        return "docs/runbooks/not-published.md"
    if kind == "route":
        return "docs/runbooks/README.md"
    dag, _, task = name.partition(".")
    if task in ("fetch", "hand_out"):
        return "docs/runbooks/remote-inbox.md"
    if dag == RELEASES:
        return "docs/runbooks/release-county.md"
    return f"docs/runbooks/gate-{name}.md" if kind == "gate" else "docs/runbooks/step-failed.md"


def without_keys(text: object) -> str:
    """Text fit for a mailbox: one line, cut at a sensible length, without household keys and long numbers.

    Of a key, and of an attempt's id, which may look like one, the county stays: it says where.
    """
    line = " ".join(str(text).split())
    line = _RUN.sub("[…]", line)
    line = re.sub(r"\b(\d{6})-(?=\w*\d)\w[\w-]*", r"\1-…", line)
    return line if len(line) <= _LONG else line[: _LONG - 1] + "…"


def told(subject: str) -> str:
    """An alert's subject as people read it: "step receive_submissions.receive", of an attempt the county alone."""
    return without_keys(subject.replace(":", " ", 1))


_EVENTS = {"opened": "未通过 FAILED", "worse": "更严重 WORSE"}
"""How a title begins when a trouble opens and when something is added to it."""


def gate_failed(stage: str, night: date, failures: Sequence[Any], settings: Settings, event: str) -> Message:
    """One message for all failed checks of a gate; each check is a row of gate_results (a mapping or an object)."""
    broken = sum(bool(of(check, "exception")) for check in failures)
    lines = [
        SYNTHETIC,
        f"闸口未通过 Gate failed: {stage} · 夜 night {night:%Y-%m-%d}",
        f"未通过的检查 checks failed: {len(failures)}"
        + (f"(其中无法执行 could not be evaluated: {broken})" if broken else ""),
        "",
    ]
    cause = one_cause([str(of(check, "observed")) if of(check, "exception") else None for check in failures])
    if cause:
        lines.append(f"同一原因 one cause of all: {without_keys(cause)}")
    for number, check in enumerate(() if cause else failures[:_SHOWN], start=1):
        lines += _check_lines(number, check)
    if len(failures) > _SHOWN and not cause:
        lines.append(f"另有 and {len(failures) - _SHOWN} more, all in quality.gate_results")
    lines += [
        "",
        f"被阻 blocked: {_blocked(stage)}",
        "仍可使用 still served: 上一次发布的文件 the files published before, with their own as-of date",
        *_links(f"gate:{stage}", settings),
    ]
    title = f"[{_EVENTS[event]}] {night:%Y-%m-%d} gate {stage}: {len(failures)} checks · {SYNTHETIC}"
    return Message(title, "\n".join(lines))


def step_failed(
    step: str, night: date, error_class: str, settings: Settings, event: str, no_space: str = ""
) -> Message:
    """A step died: its name and the class of the error; the error's own text may hold a value and stays in the log.

    Want of space is the exception: `no_space` holds paths and figures alone.
    """
    body = [
        SYNTHETIC,
        f"步骤失败 Step failed: {without_keys(step)} · 夜 night {night:%Y-%m-%d}",
        f"错误类型 class of error: {error_class}",
        *([f"磁盘空间不足 no space: {no_space}"] if no_space else []),
        "",
        "被阻 blocked: 其后各步 · the steps after it, until it is run again",
        "仍可使用 still served: 上一次发布的文件 the files published before, with their own as-of date",
        *_links("disk:full" if no_space else step_subject(step), settings),
    ]
    title = f"[{_EVENTS[event]}] {night:%Y-%m-%d} step {without_keys(step)}: {error_class} · {SYNTHETIC}"
    return Message(title, "\n".join(body))


def not_fresh(due: date, served: date | None, settings: Settings, event: str) -> Message:
    """In the morning readers have the marts of another night than the last one, or none."""
    had = f"{served:%Y-%m-%d}" if served else "尚无 none"
    why = AHEAD if has_not_come(due, served) else "当夜没有开始、卡住或失败 the night never began, hangs, or failed"
    body = [
        SYNTHETIC,
        f"早晨检查：昨夜的集市没有发布 The marts of the night {due:%Y-%m-%d} are not published",
        f"仍可使用 still served: {had}",
        f"可能 maybe: {why}",
        *_links(SUBJECT, settings),
    ]
    return Message(f"[{_EVENTS[event]}] {due:%Y-%m-%d} freshness marts: {had} · {SYNTHETIC}", "\n".join(body))


def late(dag: str, night: date, hours: float, settings: Settings) -> Message:
    """A run is not done so many hours after it was queued; it may still end by itself."""
    body = [
        SYNTHETIC,
        f"运行超时 Run is late: {dag} · 夜 night {night:%Y-%m-%d}",
        f"排队后 {hours:g} 小时仍未完成 not done {hours:g} hours after it was queued",
        "仍可使用 still served: 上一次发布的文件 the files published before, with their own as-of date",
        *_links(f"late:{dag}", settings),
    ]
    return Message(f"[未完成 LATE] {night:%Y-%m-%d} late {dag}: {hours:g} h · {SYNTHETIC}", "\n".join(body))


def resolved(subject: str, nights: Sequence[date], now: date, settings: Settings) -> Message:
    """It is over: which subject, for which nights it stood, and the night whose run ended it."""
    about = told(subject)
    stood = ", ".join(f"{night:%Y-%m-%d}" for night in nights)
    body = [
        SYNTHETIC,
        f"已恢复 Resolved: {about}",
        f"曾未通过 stood for night(s): {stood}",
        f"由此夜的运行恢复 ended by the run of night {now:%Y-%m-%d}",
        f"Airflow: {settings.ui_url}",
    ]
    return Message(f"[已恢复 RESOLVED] {now:%Y-%m-%d} {about} · {SYNTHETIC}", "\n".join(body), kind="success")


def heartbeat(lines: Sequence[str], standing: Sequence[Alert], settings: Settings, *, published: bool) -> Message:
    """How a night went: `lines`, the first of them the headline, and each alert that stands with its first night.

    OK is a night without an alert that stands, and whose own marts are `published`.
    """
    body = [SYNTHETIC, *lines, ""]
    if standing:
        body.append(f"未恢复的告警 alerts that stand: {len(standing)}")
        body += [f"- {told(alert.subject)}, 自 since {alert.since:%Y-%m-%d}" for alert in standing]
    else:
        body.append("没有未恢复的告警 no alert stands")
    body += ["", f"Airflow: {settings.ui_url}"]
    sign = "未恢复 STANDING" if standing else "正常 OK" if published else "未发布 NOT PUBLISHED"
    kind = "success" if published and not standing else "failure"
    return Message(f"[{sign}] {lines[0]} · {SYNTHETIC}", "\n".join(body), kind)


def noise(nights: int, sent: int, silent: int, ended: int) -> str:
    """How much people were told of late, so that somebody sees when it becomes too much."""
    counts = f"发出 sent {sent}, 未重复 repeats not sent {silent}, 已恢复 resolved {ended}"
    return f"近 {nights} 夜告警 alerts in {nights} nights: {counts}"


def route_failed(route: str, night: date, settings: Settings) -> Message:
    """To the other routes: one of them does not take messages, which wait for it."""
    body = [
        SYNTHETIC,
        f"此渠道发不出 This route takes no message: {route}",
        "告警仍在排队, 恢复后补发 its messages wait and are sent when it works again",
        "如何处理 to do: 检查邮件或聊天服务 look at the mail or chat server that TARGETED_ALERT_URLS names",
        f"Airflow: {settings.ui_url}",
    ]
    return Message(f"[未送达 NOT DELIVERED] {night:%Y-%m-%d} route {route} · {SYNTHETIC}", "\n".join(body))


def route_back(route: str, night: date, settings: Settings) -> Message:
    """To the other routes: it works again and has what waited."""
    body = [SYNTHETIC, f"此渠道已恢复 This route works again: {route}", f"Airflow: {settings.ui_url}"]
    return Message(f"[已恢复 RESOLVED] {night:%Y-%m-%d} route {route} · {SYNTHETIC}", "\n".join(body), "success")


def _check_lines(number: int, check: Any) -> list[str]:
    head = f"{number}. {of(check, 'check_id')}: {without_keys(of(check, 'description') or '')}"
    measured = [
        f"{words} {without_keys(of(check, name))}"
        for name, words in (
            ("observed", "实测 observed"),
            ("expected", "应为 expected"),
            ("unexpected", "不符 unexpected"),
        )
        if of(check, name) not in (None, "")
    ]
    since = of(check, "since")
    if since and since != of(check, "night"):
        measured.append(f"自 since {since}")
    lines = [head, *([f"   {', '.join(measured)}"] if measured else [])]
    for name, words in (("examples", "规则与县 rules and counties"), ("todo", "如何处理 to do")):
        if of(check, name):
            lines.append(f"   {words}: {without_keys(of(check, name))}")
    return lines


def _links(subject: str, settings: Settings) -> list[str]:
    return [f"运行手册 runbook: {runbook(subject)}", f"Airflow: {settings.ui_url}"]


def of(check: Any, name: str) -> Any:
    """A field of a failed check, which is a mapping or an object."""
    return check.get(name) if isinstance(check, Mapping) else getattr(check, name, None)
