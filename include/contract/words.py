"""The labels of the words that clerks, letters, board and guide show, Chinese and English, each stated once.

The words themselves (severities, states, value classes) are those of the findings and the ledger; a label explains,
it never blames.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from include.contract.model import Column, load_yaml

SYNTHETIC = "SYNTHETIC 模拟数据"
"""The mark on everything made from the synthetic country."""


@dataclass(frozen=True)
class Label:
    """One word as people read it."""

    zh: str
    en: str

    def in_(self, language: str) -> str:
        """The label in `zh` or `en`."""
        return self.zh if language == "zh" else self.en


SEVERITIES = {
    "reject": Label("无法读取：请重新报送", "cannot be read: please send it again"),
    "must_fix": Label("必须修正：修正前整户暂缓", "must be mended: the household is held until then"),
    "explain": Label("请修正或说明：数据已接收", "mend or explain: the data was taken"),
    "advice": Label("建议：数据已接收", "advice: the data was taken"),
}
"""From the heaviest to the lightest; severity_order sorts rows by it."""

_NOT_TAKEN = Label("未能接收", "could not be taken")
"""One word for a package that is refused at the door and one of which no row could be read: the clerk sends again."""

ATTEMPT_STATES = {
    "rejected": _NOT_TAKEN,
    "refused": _NOT_TAKEN,
    "held": Label("全部暂缓", "held"),
    "partly_accepted": Label("部分接收", "partly accepted"),
    "accepted_with_queries": Label("已接收，有待说明", "accepted with queries"),
    "accepted": Label("已接收", "accepted"),
    "superseded": Label("已被后一次报送取代", "superseded by a later attempt"),
    "withdrawn": Label("已撤回", "withdrawn"),
    "waiting": Label("仍在上传，留在收件箱", "still being uploaded, left in the inbox"),
    "missing": Label("未收到报送", "nothing arrived"),
    "late": Label("迟报", "late"),
    "nothing_due": Label("已报：无变化", "reported: nothing to change"),
}

FINDING_STATES = {
    "new": Label("新出现", "new"),
    "standing": Label("仍未修正", "standing"),
    "cleared": Label("已消除", "cleared"),
    "explained": Label("已说明", "explained"),
    "ours": Label("系统方原因", "our own fault"),
}

QUALITY_DIMENSIONS = {
    "completeness": Label("完整性", "completeness"),
    "timeliness": Label("及时性", "timeliness"),
    "validity": Label("有效性", "validity"),
    "consistency": Label("一致性", "consistency"),
    "correction_speed": Label("修正速度", "correction speed"),
}

VALUE_CLASSES = {
    "missing": Label("缺失", "missing"),
    "not_a_number": Label("不是数字", "not a number"),
    "not_a_date": Label("不是日期", "not a date"),
    "unknown_code": Label("代码不在目录中", "code not in the list"),
    "out_of_range": Label("超出范围", "out of range"),
    "inconsistent": Label("前后不一致", "inconsistent"),
    "duplicate": Label("重复", "duplicate"),
    "destroyed": Label("被表格软件破坏", "destroyed by a spreadsheet"),
    "forbidden": Label("不应报送", "must not be sent"),
    "unreadable": Label("无法读取", "cannot be read"),
}

SUBMITTER_KINDS = {
    "county": Label("县（市、区）", "county"),
    "province": Label("省（区、市）", "province"),
    "assessor": Label("第三方评估机构", "assessor"),
    "register": Label("登记部门", "register office"),
}

LAYOUT_KINDS = {
    "title": Label("标题等表头以上的行", "rows above the header"),
    "units": Label("单位行或栏次行", "rows of units or column numbers"),
    "blank": Label("空行", "blank rows"),
    "repeated header": Label("重复的表头", "repeated headers"),
    "total": Label("合计行", "totals"),
    "note": Label("注释或落款行", "notes and signatures"),
    "another header": Label("另一种表头", "another table's header"),
    "hidden sheet": Label("隐藏的工作表", "hidden sheets"),
    "other sheet": Label("没有数据表头的工作表", "sheets without the table's header"),
}
"""What of a file is no data, in the words of the ledger."""

FORBIDDEN_KINDS = {
    "name": Label("姓名", "personal names"),
    "ethnicity": Label("民族", "ethnicity"),
    "religion": Label("宗教信仰", "religion"),
    "political_status": Label("政治面貌", "political status"),
    "phone": Label("联系电话", "telephone numbers"),
    "bank_account": Label("银行账号", "bank accounts"),
}

TYPES = {
    "string": Label("文本", "text"),
    "integer": Label("整数", "whole number"),
    "number": Label("数值", "number"),
    "date": Label("日期", "date, such as 2026-11-20"),
    "boolean": Label("是/否", "yes/no (是/否)"),
}

UNITS = {
    "yuan": Label("元", "yuan"),
    "yuan_per_year": Label("元/年", "yuan a year"),
    "mu": Label("亩", "mu"),
    "persons": Label("人", "persons"),
    "households": Label("户", "households"),
    "year": Label("年", "year"),
    "km": Label("公里", "km"),
    "square_metre": Label("平方米", "square metres"),
    "months": Label("月", "months"),
}


def severity_order(column: str = "severity") -> str:
    """SQL that sorts rows by a column of severities, the heaviest first, as letters and board show them."""
    return f"list_position({list(SEVERITIES)!r}, {column})"


def label(labels: dict[str, Label], word: str) -> Label:
    """The label of a word, or the word itself when it has none: a letter never fails over a new word."""
    return labels.get(word, Label(word, word.replace("_", " ")))


@cache
def _texts_zh() -> dict[str, str]:
    return dict(load_yaml((files("include.contract") / "texts_zh.yaml").read_text(encoding="utf-8")))


def chinese(text: str) -> str:
    """The Chinese of one English text of the contract; raises KeyError when texts_zh.yaml lacks it."""
    return _texts_zh()[text]


def type_in_words(column: Column, language: str) -> str:
    """Type, unit and format of a column as a clerk needs them."""
    words = TYPES[column.type].in_(language)
    if column.type == "date" and language == "zh":
        words += "，如 2026-11-20"
    if column.unit:
        unit = label(UNITS, column.unit).in_(language)
        words += f"（{unit}）" if language == "zh" else f" ({unit})"
    if column.max_items:
        words += (
            f"，最多 {column.max_items} 项，逗号分隔"
            if language == "zh"
            else f", up to {column.max_items}, comma separated"
        )
    return words


def codes_in_words(column: Column, language: str) -> str:
    """Where the codes of a column are found; empty when it has none."""
    if column.code_list:
        return f"代码表 {column.code_list}" if language == "zh" else f"code list {column.code_list}"
    if column.reference == "places":
        return "行政区划代码" if language == "zh" else "division code"
    if column.reference == "measures":
        return "帮扶措施目录" if language == "zh" else "measures catalogue"
    return ""
