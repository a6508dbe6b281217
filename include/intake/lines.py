"""SQL of the lines of a dataset's files: which of them are layout, and the cells of those that are rows.

Reads the temporary table raw (include.intake.read), of files with one header. What nearly every line is, a plain row,
is asked first, and only of the others what they are.
"""

from __future__ import annotations

import re

from include.contract import Contract
from include.duck import literals
from include.intake.cells import UNCLEAR, UNIT
from include.intake.headers import Header
from include.intake.typed import is_id

TOO_MANY_COLUMNS, CELLS_MERGED, ID_CUT = "row-too-many-columns", "row-cells-merged", "row-id-cut"
"""Rules by which a row is unreadable."""
_CUT = "[1-9][0-9]{14}0{3,}"
"""An id of eighteen digits or more of which a spreadsheet kept fifteen; one in a thousand was given out so."""
_CUT_FROM = 18
"""Characters that it has at least."""
_SPACE = r"\p{Zs}"
"""What `trim` takes away; a cell of a line without any need not be trimmed."""
ANOTHER_HEADER = "another header"
_BESIDE_NAME = r"[\s\x{3000}*＊]|[（(](必填|选填|required|optional)[）)]"
"""What stands within and beside a column's name in a header."""

_TOTAL = r"((本页|本表|本村|全村|全乡|全镇|全县)?\s*(合\s*计|总\s*计|小\s*计|共\s*计)|(grand )?total|sub-?total)"
# Nothing but the word for a total in the first cell: layout, whatever stands under the key (often a count).
_TOTAL_ROW = rf"(?i)^[\s\x{{1F}}]*{_TOTAL}[\s:：]*(\x{{1F}}|$)"
# A foot of a form, where the key is empty: totals, notes, who filled it in. Words that begin a village's name as well
# need their colon.
_FOOT = (
    rf"(?i)^[\s\x{{1F}}]*({_TOTAL}|(注|说明)\s*(\d*[:：、.]|$|\x{{1F}})|备注[:：]|制表|填表|填报(人|单位|日期)"
    r"|审核(人|单位|日期)?[:：]|单位负责人|notes?\b)"
)
_TOTAL_FOOT = rf"(?i)^[\s\x{{1F}}]*{_TOTAL}"
PLAIN_KEY = "[0-9A-FH-MO-RU-Za-fh-mo-ru-z][0-9A-Za-z_-]*[0-9][0-9A-Za-z_-]*"
"""A key as nearly every row has it: no blank, no column's name (it has a digit), no foot (the words of feet begin with
g, n, s, t, or are no ASCII). In its row only a line of the head that stands again, or a total in a cell before it, is
left to look for."""


def lines_sql(contract: Contract, header: Header) -> str:
    """Every line below the header with its cells and, for one that is layout, its kind."""
    first_key = contract.column(contract.key[0])
    place = dict(header.columns)[first_key.name]
    key = f"lower(trim(c[{place}]))"
    named = rf"regexp_replace(coalesce({key}, ''), '{_BESIDE_NAME}', '', 'g')"
    names = sorted({name for name, column in contract.headers.items() if column == first_key.name})
    is_name = f"list_contains({literals(names)}, {named})"  # for an IN DuckDB would plan a join
    total_before = f"when regexp_matches(line, '{_TOTAL_ROW}') then 'total'" if place > 1 else ""
    can_be_plain = not any(map(re.compile(PLAIN_KEY).fullmatch, names))
    is_plain = f"regexp_full_match(c[{place}], '{PLAIN_KEY}')" if can_be_plain else "false"
    foot = f"regexp_matches(line, '{_FOOT}') and (coalesce({key}, '') = '' or regexp_matches({key}, '{_FOOT}'))"
    return f"""
        select submitter, attempt_id, file, untyped, "row", c, is_unclear, has_space, case
            when {is_plain} then case when list_contains(head_lines, line) then 'repeated header' {total_before} end
            when not regexp_matches(line, '[^ {UNIT}]') then 'blank'
            when list_contains(head_lines, line) then 'repeated header'
            when {is_name} and rtrim(lower(replace(line, ' ', '')), '{UNIT}') = header_line
                then 'repeated header'
            when {is_name} then '{ANOTHER_HEADER}'
            when regexp_matches(line, '{_TOTAL_ROW}') then 'total'
            when {foot} then if(regexp_matches(line, '{_TOTAL_FOOT}'), 'total', 'note') end as kind
        from (
            select *, string_split(line, '{UNIT}') as c, regexp_matches(line, '{_SPACE}') as has_space
            from (
                select * replace (replace(line, '{UNCLEAR}', '') as line), contains(line, '{UNCLEAR}') as is_unclear
                from (
                    select * exclude (lines), unnest(lines) as line, unnest(range(1, len(lines) + 1)) as "row"
                    from (select * exclude (text), string_split(text, chr(10)) as lines from raw)
                )
                where "row" >= first_row
            )
        )
    """


def cells_sql(contract: Contract, header: Header) -> str:
    """The cells of every row that is not layout (none of a row that is unreadable, and what for)."""
    places = dict(header.columns)
    ids = [f"c[{places[column.name]}]" for column in contract.columns if is_id(column) and column.name in places]
    cut = " or ".join(f"(strlen({cell}) >= {_CUT_FROM} and regexp_full_match(trim({cell}), '{_CUT}'))" for cell in ids)
    return f"""
        select * exclude (c), case when unreadable is null then c end as c
        from (
            select submitter, attempt_id, file, "row", c, has_space, case
                when len(c) > {header.width} and array_to_string(c[{header.width + 1}:], '') not similar to '[ ]*'
                    then '{TOO_MANY_COLUMNS}'
                when is_unclear then '{CELLS_MERGED}'
                when untyped and ({cut or "false"}) then '{ID_CUT}' end as unreadable
            from ({lines_sql(contract, header)}) where kind is null
        )
    """
