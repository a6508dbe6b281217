"""Makes a file of a plan: clean rows written as an office might write them, damaged where the plan says so."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import xlsxwriter

from include.contract import Column, Contract, code_lists, contract, header_aliases
from tests.messy.clean import Clean, Row, clean
from tests.messy.plan import Plan

WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
OWN_UNITS = {"yuan": "元", "yuan_per_year": "元", "mu": "亩", "square_metre": "平方米", "km": "公里", "persons": "人",
             "households": "户", "months": "个月", "year": "年"}  # fmt: skip
MONEY = ("yuan", "yuan_per_year")
#: Damage after which nothing of the file may be read.
REFUSING = ("stale hash", "wrong ending", "nul", "second table", "column twice", "key column gone")
#: Damage that only a file of text can have, and only a workbook.
OF_TEXT = ("ragged", "open quote", "two encodings", "nul")
OF_WORKBOOKS = ("merged amount", "merged across", "formula error")


@dataclass(frozen=True)
class Shaped:
    """A workbook's cell with a number format; `merged` is how many rows and columns it covers."""

    value: Any
    form: str = "General"
    merged: tuple[int, int] = (1, 1)


@dataclass
class Sent:
    """A file and what is true of it."""

    dataset: str
    county: str
    name: str
    data: bytes
    declared: bytes
    """The bytes that the manifest vouches for."""
    truth: dict[int, Row] = field(default_factory=dict)
    """Row number as a spreadsheet shows it to the row's true values."""
    lost: tuple[str, ...] = ()
    """Columns that cannot be read and are told as unknown."""
    damaged: dict[int, str] = field(default_factory=dict)
    """Row to its damaged column; "" is the whole row."""
    harmless: bool = True
    """Everything but `lost` must be read."""


def mess(plan: Plan, county: str) -> Sent:
    """The file of a plan."""
    return _Maker(plan, county).made()


class _Maker:
    def __init__(self, plan: Plan, county: str) -> None:
        self.plan = plan
        self.rng = Random(plan.seed)
        self.item: Contract = contract(plan.dataset)
        self.table = clean(self.rng, plan.dataset, county, plan.rows)
        self.columns = self._chosen()
        self.damage = self._possible_damage()
        self.grid: list[list[Any]] = []
        extension = plan.kind if self.damage != "wrong ending" else {"csv": "xlsx", "xlsx": "csv"}[plan.kind]
        self.sent = Sent(plan.dataset, county, f"{plan.dataset}.{extension}", b"", b"")

    def made(self) -> Sent:
        self._write_head()
        self._write_rows()
        self._write_foot()
        data = self._workbook() if self.plan.kind == "xlsx" else self._text()
        self.sent.declared = data
        if self.damage == "stale hash":
            place = self.rng.randrange(len(data))
            data = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        self.sent.data = data
        self.sent.harmless = not self.damage
        return self.sent

    def _chosen(self) -> list[str]:
        names = list(self.table.columns)
        if self.plan.subset:
            names = [n for n in names if self.item.column(n).required or self.rng.random() < 0.5]
        if self.plan.shuffled:
            self.rng.shuffle(names)
        return names

    def _possible_damage(self) -> str:
        damage = self.plan.damage
        crowded = self.plan.blank_rows or self.plan.repeated or self.plan.totals
        if damage == "merged amount" and crowded:
            return ""
        wrong_kind = damage in (OF_WORKBOOKS if self.plan.kind == "csv" else OF_TEXT)
        needs = {"merged amount": 2, "merged across": 1, "second table": 1}.get(damage, 0)
        if wrong_kind or len(self.table.rows) < needs or (damage in _DAMAGED_KIND and not self._damageable(damage)):
            return ""
        return damage

    def _damageable(self, damage: str) -> list[str]:
        return [n for n in self.columns if _DAMAGED_KIND[damage](self.item.column(n))]

    # --- the head of the table

    def _write_head(self) -> None:
        plan, rng = self.plan, self.rng
        width = len(self.columns)
        for title in range(plan.titles):
            self.grid.append(
                [("建档立卡信息表（SYNTHETIC 模拟数据）", "填报单位：某县乡村振兴局")[title], *[""] * (width - 1)]
            )
        if plan.units == "title":
            unit = {"own": "元", "wan": "万元", "per head": "元"}[plan.scale]
            self.grid.append([*[""] * (width - 1), f"（单位：{unit}）"])
        names = [self._header(self.item.column(name)) for name in self.columns]
        self.more = {kind: ("序号" if kind == "number" else kind) for kind in plan.more}
        first = ["序号"] if "number" in plan.more else []
        last = [name for kind, name in (("unknown", "备用信息"), ("forbidden", "联系电话")) if kind in plan.more]
        header = [*first, *names, *last]
        if self.damage == "column twice":
            header.append(names[self.columns.index(self.item.key[0])])
        if self.damage == "key column gone":
            header[len(first) + self.columns.index(self.item.key[0])] = "代号"
        self.lead, self.tail = len(first), len(header) - len(first) - len(names)
        self.heads: list[list[Any]] = [header]
        if plan.groups and width > 3:
            keys = [place for place, name in enumerate(self.columns) if name in self.item.key]
            free = [p + self.lead for p in range(width) if p not in keys]
            grouped = free[: rng.randint(2, len(free))]
            upper = ["基本情况" if p == grouped[0] else "" if p in grouped else cell for p, cell in enumerate(header)]
            self.heads = [upper, [cell if p in grouped else "" for p, cell in enumerate(header)]]
        if plan.units == "row":
            cells = [self._unit(self.item.column(name)) for name in self.columns]
            if any(cells):
                self.heads.append([*[""] * self.lead, *cells, *[""] * self.tail])
        self.grid += self.heads
        if plan.units in ("brackets", "row") and plan.scale == "per head":
            self.sent.lost = tuple(n for n in self.columns if self.item.column(n).unit in MONEY)

    def _unit(self, column: Column) -> str:
        if column.unit in MONEY:
            return {"own": "元", "wan": "万元", "per head": "元/人"}[self.plan.scale]
        return OWN_UNITS.get(column.unit or "", "")

    def _header(self, column: Column) -> str:
        style = self.rng.choice(("zh", "en", "alias")) if self.plan.headers == "each" else self.plan.headers
        aliases = [a for a, name in header_aliases("1.0").get(self.item.name, {}).items() if name == column.name]
        name = self.rng.choice(aliases) if style == "alias" and aliases else column.name if style == "en" else column.zh
        if self.plan.varied:
            name = self.rng.choice(
                (name, f" {name} ", f"*{name}", f"{name}（必填）", "　".join(name) if style == "zh" else name)
            )
        unit = self._unit(column)
        return f"{name}（{unit}）" if self.plan.units == "brackets" and unit else name

    # --- the rows

    def _write_rows(self) -> None:
        plan, rng = self.plan, self.rng
        broken = rng.randrange(len(self.table.rows) - (self.damage == "merged amount"))
        column = rng.choice(self._damageable(self.damage)) if self.damage in _DAMAGED_KIND else ""
        for number, row in enumerate(self.table.rows):
            if plan.blank_rows and rng.random() < 0.3:
                self.grid.append([" " if plan.varied else ""] * (len(self.columns) + self.lead + self.tail))
            if plan.repeated and number and number % 2 == 0:
                self.grid += [list(line) for line in self.heads]
            cells = [self._written(self.item.column(name), row[name]) for name in self.columns]
            place = len(self.grid) + 1
            self.sent.truth[place] = {name: row[name] for name in self.columns}
            if number == broken and self.damage:
                self._break(cells, column, place)
            more = ["备注词" if kind == "unknown" else "13800138000" for kind in plan.more if kind != "number"]
            extra = ["x"] if self.damage == "column twice" else []
            self.grid.append([*([str(number + 1)] if self.lead else []), *cells, *more, *extra])
            if number == broken and self.damage == "ragged":
                self.grid[-1] += ["", "x"]
            if plan.totals and number == 1:
                self.grid.append(["小计", *[""] * (len(self.columns) - 1)])

    def _write_foot(self) -> None:
        plan = self.plan
        if self.damage == "second table":
            self.grid.append([""] * len(self.columns))
            self.grid.append([*self.heads[0][: self.lead + 1], *reversed(self.heads[0][self.lead + 1 :])])
            if self.grid[-1] == self.heads[0] or self.item.key[0] != self.columns[0] or plan.groups:
                self.grid[-1] = [self._key_header(p) for p in range(len(self.heads[0]))]
            self.grid.append(["X9"] * len(self.columns))
        if plan.totals:
            self.grid.append(
                ["合  计", *["9" if c.type == "number" else "" for c in map(self.item.column, self.columns[1:])]]
            )
        if plan.notes:
            self.grid.append(["注：以上为模拟数据"])
            self.grid.append(["制表人：甲", "审核：乙"])

    def _key_header(self, place: int) -> str:
        key = self.columns.index(self.item.key[0]) + self.lead
        return self.item.column(self.item.key[0]).zh if place == key else f"另一列{place}"

    def _break(self, cells: list[Any], column: str, place: int) -> None:
        """Damage one row; what a spreadsheet or a slip makes of a cell."""
        damage, workbook = self.damage, self.plan.kind == "xlsx"
        at = self.columns.index(column) if column else -1
        self.sent.damaged[place] = column
        if damage == "scientific id":
            cells[at] = "5.13431E+17"
        elif damage == "cut id":
            cells[at] = Shaped(513431199001011234.0, "0") if workbook else "513431199001011000"
        elif damage == "two-digit year":
            cells[at] = "16-3-5"
        elif damage == "unit in cell":
            cells[at] = Shaped(1.5, '0.0"万元"') if workbook else "3000元"
        elif damage == "unknown code":
            cells[at] = "ZZ9"
        elif damage == "month only":
            cells[at] = Shaped(date(2016, 3, 1), 'yyyy"年"m"月"') if workbook else "2016年3月"
        elif damage == "no key":
            cells[at] = ""
        elif damage == "number elsewhere":
            cells[at] = "11010519491231002X"
        elif damage == "formula error":
            cells[at] = Shaped("=1/0")
        elif damage == "merged amount":
            cells[at] = Shaped(7, "General", (2, 1))
            self.sent.damaged |= {place: "", place + 1: ""}
        elif damage == "merged across":
            at = self.rng.randrange(len(cells) - 1)
            cells[at : at + 2] = [Shaped("合并", "General", (1, 2)), ""]
            self.sent.damaged[place] = ""

    # --- how a cell is written

    def _written(self, column: Column, text: str) -> Any:
        rng, varied = self.rng, self.plan.varied
        if not text:
            return rng.choice(("", "-", "—", "/", "null")) if varied and not column.hashed else ""
        if column.unit in MONEY and self.plan.scale == "wan" and self.plan.units:
            text = format(Decimal(text) / 10_000, "f")
        if self.plan.kind == "xlsx" and rng.random() < 0.6:
            return self._typed(column, text)
        return self._spelt(column, text) if varied else text

    def _typed(self, column: Column, text: str) -> Any:
        if column.type in ("number", "integer"):
            return Shaped(float(text), self.rng.choice(("General", "#,##0.00##", "0.0000")))
        if column.type == "date":
            return Shaped(date.fromisoformat(text), self.rng.choice(("yyyy-mm-dd", 'yyyy"年"m"月"d"日"', "yy/m/d")))
        if column.type == "boolean":
            return text == "true"
        if column.hashed or column.max_items or not text.isdigit():
            return text
        return Shaped(int(text), "0" * len(text) if len(text) > 1 else "General")

    def _spelt(self, column: Column, text: str) -> str:
        rng = self.rng
        ways = [text, text.translate(WIDE), f" {text}　"]
        if column.type == "date":
            day = date.fromisoformat(text)
            ways += [f"{day.year}{a}{day.month}{b}{day.day}{c}" for a, b, c in ("// ", ".. ", "年月日")]
            ways += [f"{day:%Y%m%d}", f"{text} 00:00:00", str((day - date(1899, 12, 30)).days)]
        elif column.type == "number":
            ways += [f"{Decimal(text):,f}", f"'{text}", f"+{text}"]
        elif column.type == "integer":
            ways += [f"{text}.0", f"'{text}"]
        elif column.type == "boolean":
            ways = list({"true": ("是", "有", "1", "TRUE", "y"), "false": ("否", "无", "0", "FALSE", "N")}[text])
        elif column.max_items:
            items = text.split(",")
            ways = [mark.join(items) for mark in ("，", "、", "; ", ",")]
        elif column.code_list:
            code = next(c for c in code_lists()[column.code_list].codes if c.code == text)
            ways += [code.zh, code.en]
        elif column.hashed:
            ways += [f"'{text}", text.lower()]
        elif column.type == "string" and not column.reference and not column.name.endswith("_id"):
            ways = [text, f"  {text} "]
        return str(rng.choice(ways))

    # --- files

    def _text(self) -> bytes:
        plan, target = self.plan, io.StringIO(newline="")
        quoting = csv.QUOTE_ALL if plan.quoted else csv.QUOTE_MINIMAL
        csv.writer(target, delimiter=plan.delimiter, quoting=quoting, lineterminator="\n").writerows(self.grid)
        lines = target.getvalue().split("\n")
        if self.damage == "open quote":
            place = self.rng.choice(list(self.sent.truth)) - 1
            lines[place] = f'{plan.delimiter}"'.join(lines[place].split(plan.delimiter, 1))
        if plan.ends == "mixed":
            text = "".join(line + self.rng.choice(("\n", "\r\n", "\r")) for line in lines[:-1])
        else:
            text = plan.ends.join(lines)
        data = text.encode(plan.encoding)
        if self.damage == "nul":
            data += b"\0"
        if self.damage == "two encodings":
            other = "utf-8" if plan.encoding.startswith("gb") else "gb18030"
            data += "户外零工".encode(other) + b"\n"
        return data

    def _workbook(self) -> bytes:
        target = io.BytesIO()
        with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
            book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001  a workbook keeps no zone
            sheet = book.add_worksheet("数据")
            forms: dict[str, Any] = {}
            for row, cells in enumerate(self.grid):
                for place, cell in enumerate(cells):
                    _write(book, sheet, forms, row, place, cell)
            if "unknown" in self.plan.more:
                book.add_worksheet("说明").write_string(0, 0, "请勿改动表头")
                hidden = book.add_worksheet("旧数据")
                hidden.write_row(0, 0, [str(cell) for cell in self.heads[0]])
                hidden.hide()
        return target.getvalue()


def _write(book: Any, sheet: Any, forms: dict[str, Any], row: int, place: int, cell: Any) -> None:
    if isinstance(cell, bool):
        sheet.write_boolean(row, place, cell)
    elif isinstance(cell, Shaped):
        form = forms.setdefault(cell.form, book.add_format({"num_format": cell.form}))
        if cell.merged != (1, 1):
            sheet.merge_range(row, place, row + cell.merged[0] - 1, place + cell.merged[1] - 1, cell.value, form)
        elif isinstance(cell.value, date):
            sheet.write_datetime(row, place, cell.value, form)
        elif isinstance(cell.value, str):
            sheet.write_formula(row, place, cell.value, form, "#DIV/0!")
        else:
            sheet.write_number(row, place, cell.value, form)
    elif cell:
        sheet.write_string(row, place, cell)


def _is_id(column: Column) -> bool:
    return column.key_position == 1 and column.type == "string" and not column.reference


#: Which columns a damage can befall.
_DAMAGED_KIND: dict[str, Any] = {
    "scientific id": _is_id,
    "cut id": _is_id,
    "no key": lambda c: c.key_position is not None,
    "two-digit year": lambda c: c.type == "date",
    "month only": lambda c: c.type == "date",
    "unit in cell": lambda c: c.type == "number" and c.unit in MONEY,
    "unknown code": lambda c: bool(c.code_list),
    "number elsewhere": lambda c: c.type in ("number", "date") or bool(c.code_list),
    "formula error": lambda c: c.type in ("number", "date", "boolean"),
    "merged amount": lambda c: c.type == "number",
}
__all__ = ["Clean", "Sent", "Shaped", "mess"]
