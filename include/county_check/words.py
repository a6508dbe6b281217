"""What the report says of a package as a whole, Chinese first and English."""

from __future__ import annotations

from include.contract.words import Label
from include.county_check.facts import Checked
from include.rules.model import Beyond

BEYOND: dict[Beyond, Label] = {
    "history": Label("以前已接收的数据", "what was accepted or sent before"),
    "offices": Label("其他单位报送的数据", "what other offices send"),
    "deletions": Label("依决定删除人员的登记", "the register of persons deleted by a decision"),
}

CROSS_CHECKS = Label(
    "与登记部门（车辆、房产、工商等）的比对只在省级进行，此处不能核对。",
    "Cross-checks with register offices (vehicles, property, business) are made at the centre alone.",
)

RESERVED = Label(
    "以下规则已核对；如户内有人依决定删除，省级的结果可能与此处不同：",
    "These rules ran; the centre may find otherwise where a member was deleted by a decision:",
)

ESTIMATE = Label(
    "行数按已核对的规则估计；未核对的规则可能使更多行暂缓。",
    "The rows are counted by the rules that ran; those that could not may hold more.",
)


def verdict(checked: Checked) -> tuple[str, Label]:
    """The tone of letters (good, mend or again) and one sentence."""
    totals = checked.totals
    if checked.refusal:
        return "again", Label(
            "如今晚报送，整个报送包将不能接收。请按下面的说明修正后再核对一次。",
            "Sent tonight, the whole package could not be taken. Please mend it as said below and check again.",
        )
    if checked.nothing_due:
        return "good", Label("这是“无变化”报告，可以报送。", "This reports that nothing changed, and may be sent.")
    counts = Label(
        f"如今晚报送：收到 {totals.received:,} 行，接收 {totals.accepted:,} 行，暂缓 {totals.held:,} 行，"
        f"无法读取 {totals.rejected:,} 行。",
        f"Sent tonight, of {totals.received:,} rows {totals.accepted:,} would be accepted, {totals.held:,} held and "
        f"{totals.rejected:,} rejected.",
    )
    if checked.exit_code:
        return "mend", Label(
            counts.zh + "请先修正标为“必须修正”和“无法读取”的各处。",
            counts.en + " Please mend first what holds or cannot be read.",
        )
    if checked.findings:
        return "good", Label(
            counts.zh + "没有暂缓的内容；下列各处请修正或说明。",
            counts.en + " Nothing is held; please mend or explain what is listed.",
        )
    return "good", Label(counts.zh + "没有需要修正的内容。", counts.en + " Nothing to mend.")


def looked_at(needed: frozenset[Beyond], language: str) -> str:
    """What rules that were not run look at."""
    words = [BEYOND[name].in_(language) for name in BEYOND if name in needed]
    return ("、" if language == "zh" else ", ").join(words)
