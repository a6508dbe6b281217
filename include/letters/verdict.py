"""The one sentence at the head of a letter, in plain words; it says what was taken, never who is at fault."""

from __future__ import annotations

from dataclasses import dataclass

from include.clocks import next_reading
from include.contract.words import Label
from include.letters.facts import Letter

_STAYS_ZH = "已登记的户保持原状，帮扶不受影响。"
_NAMED = 3
"""Files that are named in the sentence; all are among the findings."""
_STAYS_EN = " Your registered households stay as they were, and so does their help."


@dataclass(frozen=True)
class Verdict:
    """A sentence in two languages and its tone: good, mend, again or nothing."""

    tone: str
    zh: str
    en: str


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def verdict(letter: Letter) -> Verdict:
    """What the letter comes down to."""
    if not letter.arrived and letter.waiting:
        return Verdict(
            "nothing",
            "报送包在接收时仍在上传，未完成，已原样留在收件箱，传完后下一夜接收。"
            + (_STAYS_ZH if letter.kind == "county" else ""),
            "Your package was still being uploaded: it lies in the inbox untouched and is taken the next night."
            + (_STAYS_EN if letter.kind == "county" else ""),
        )
    if not letter.arrived:
        return Verdict(
            "nothing",
            "当夜没有收到贵单位的报送包。" + (_STAYS_ZH if letter.kind == "county" else ""),
            "Nothing arrived from you that night." + (_STAYS_EN if letter.kind == "county" else ""),
        )
    totals = letter.totals
    if totals.received == 0 and all(a.state == "rejected" for a in letter.attempts):
        return Verdict(
            "again",
            "报送包未能接收，请按下面的说明处理后重新报送。" + (_STAYS_ZH if letter.kind == "county" else ""),
            "The package could not be taken: please mend it as said below and send it again."
            + (_STAYS_EN if letter.kind == "county" else ""),
        )
    if totals.received == 0 and letter.said_nothing_due:
        return _nothing_due(letter)
    if letter.clean:
        return Verdict(
            "good",
            f"全部 {totals.accepted:,} 行均已接收，没有需要修正的内容。",
            f"All {_many(totals.accepted, 'row was', 'rows were')} taken. Nothing to mend.",
        )
    return _mixed(letter)


def until(letter: Letter) -> Label | None:
    """By when the office should send what, as far as anything is wanted of it: told with day and hour."""
    zh, en = [], []
    again = f"{next_reading(letter.night):%Y-%m-%d %H:%M}"
    if not letter.arrived and not letter.waiting:
        zh.append(f"请在 {again} 前报送。")
        en.append(f"Please send by {again}.")
    elif letter.send_again:
        zh.append(f"请在 {again} 前重新报送。")
        en.append(f"Please send again by {again}.")
    if letter.held.decide_by:
        zh.append(f"暂缓的户请在 {letter.held.decide_by} 前修正重报，此后由监测负责人逐户致电询问。")
        en.append(
            f"Mend the held households before {letter.held.decide_by}; from then on the monitoring lead rings you"
            " about each."
        )
    if letter.held.due:
        zh.append(f"有 {letter.held.due:,} 户已满 {letter.held.days} 天，请尽快修正，或说明为何不能。")
        en.append(
            f"{_many(letter.held.due, 'household has', 'households have')} been held for {letter.held.days} days or "
            "more: please mend them now, or say why you cannot."
        )
    return Label("".join(zh), " ".join(en)) if zh else None


def _nothing_due(letter: Letter) -> Verdict:
    """Nothing changed, says the office: that there is nothing to do is said only where that is so."""
    zh, en = "已收到“无变化”报告", "Your report that nothing changed was taken."
    zh_tails, en_tails = _tails(letter)
    if not (zh_tails or letter.files or letter.waiting):
        return Verdict("good", f"{zh}，无事可办。", f"{en} Nothing to do.")
    return Verdict(_tone(letter), f"{zh}。" + "".join(zh_tails), " ".join([en, *en_tails]))


def _tone(letter: Letter) -> str:
    """again where something is to be sent again, mend where something is to be mended, else good."""
    totals = letter.totals
    wanted = totals.held or totals.rejected or letter.held.households or letter.earlier
    return "again" if letter.send_again else "mend" if wanted or letter.findings > letter.advice else "good"


def _mixed(letter: Letter) -> Verdict:
    totals, files = letter.totals, tuple(dict.fromkeys(letter.unread))
    zh = [f"收到 {totals.received:,} 行，接收 {totals.accepted:,} 行"]
    en = [f"Of {_many(totals.received, 'row', 'rows')} sent, {totals.accepted:,} were taken"]
    if files and not letter.refused:  # their rows are in no count
        named, more = ", ".join(files[:_NAMED]), len(files) - _NAMED
        zh[0] = f"有 {len(files):,} 个文件未能读取，请重新报送：{named}{' 等' if more > 0 else ''}。其余文件{zh[0]}"
        en[0] = (
            f"{_many(len(files), 'file', 'files')} could not be read, please send again: {named}"
            f"{f' and {more:,} more' if more > 0 else ''}. Of {_many(totals.received, 'row', 'rows')} of the "
            f"other files, {totals.accepted:,} were taken"
        )
    if totals.held:
        zh.append(f"暂缓 {totals.held:,} 行")
        en.append(f"{totals.held:,} are held until mended")
    if totals.rejected:
        zh.append(f"无法读取 {totals.rejected:,} 行")
        en.append(f"{totals.rejected:,} could not be read")
    zh_tails, en_tails = _tails(letter)
    return Verdict(_tone(letter), "，".join(zh) + "。" + "".join(zh_tails), " ".join([", ".join(en) + ".", *en_tails]))


def _tails(letter: Letter) -> tuple[list[str], list[str]]:
    """What is said after the numbers, the heaviest first."""
    totals, zh, en = letter.totals, [], []
    if letter.refused:
        zh.append("另有报送包未能接收，见下。")
        en.append("A package could not be taken, see below.")
    if letter.withdrawn:
        count = len(letter.withdrawn)
        zh.append(f"已按贵单位的清单撤回 {count:,} 个报送包，见下。")
        en.append(f"{_many(count, 'package was', 'packages were')} withdrawn by your manifest, see below.")
    places = letter.findings - letter.advice - len(letter.unread)
    if totals.held:
        zh.append("暂缓的户仍在册，照常计入、照常帮扶。")
        en.append("The held households stay in the registry, counted and helped as before.")
    elif letter.held.households:
        count = letter.held.households
        zh.append(f"以前暂缓的 {count:,} 户仍待修正；仍在册，照常帮扶。")
        en.append(
            f"{_many(count, 'household', 'households')} held before {'is' if count == 1 else 'are'} still to be mended,"
            " and helped as before."
        )
    if places > 0 and not totals.held:
        zh.append(f"有 {places:,} 处请修正或说明。")
        en.append(f"{_many(places, 'place is', 'places are')} to be mended or explained.")
    elif letter.advice and not totals.held:
        zh.append(f"有 {letter.advice:,} 条建议，见下。")
        en.append(f"{_many(letter.advice, 'piece', 'pieces')} of advice below.")
    if letter.earlier:
        zh.append(f"以前告知的 {letter.earlier:,} 处仍待修正，见下。")
        en.append(f"{_many(letter.earlier, 'place', 'places')} told before still to be mended, see below.")
    return zh, en
