"""DuckDB macros that read one cell: what is certain is read (see include.intake.typed), all else becomes NULL.

Nearly every cell is plain already. So each macro first asks what a cell must hold for the costly function behind it to
change anything, and leaves the cell as it is where it does not hold that: `contains` and the first character cost a
twentieth of a regular expression, of `trim` with a list of characters, or of `translate`, which DuckDB prepares anew
for each row. tests/unit/test_cell_macros.py compares every macro with the costly function alone.
"""

from __future__ import annotations

import duckdb

from include.duck import literal, literals

WIDE = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u3000"
NARROW = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)) + " "
"""Full-width characters and, place by place, what they stand for."""
WHITE = " \t\r\n\u00a0\u200b\u200e\u200f\u2060\ufeff"
BLANKS = ("-", "--", "—", "——", "/", "\\", "null", "n/a", "na")
YES = ("是", "有", "1", "true", "y", "yes")
NO = ("否", "无", "0", "false", "n", "no")
_MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
DESTROYED = (
    r"[0-9](\.[0-9]+)?e\+?[0-9]+|#+|#(ref!|value!|name\?|n/a|div/0!|num!|null!|date!)"
    rf"|[0-9]{{1,2}}月[0-9]{{1,2}}日|[0-9]{{1,2}}-{_MONTH}|{_MONTH}-[0-9]{{2}}"
)
"""In an id: scientific notation, a column too narrow, an error, and a date made of an id such as 1-2."""
_IN_DESTROYED = ("e", "E", "#", "月", "-")
"""Every text that DESTROYED matches holds one of these before it is put into lower case."""
_PARTED_DATE = "|".join(rf"(19|20)[0-9]{{2}}{sign}[0-9]{{1,2}}{sign}[0-9]{{1,2}}" for sign in ("-", "/", r"\."))
_DATES = (
    (r"(19|20)[0-9]{2}年[0-9]{1,2}月[0-9]{1,2}日", "%Y年%m月%d日"),
    (r"(19|20)[0-9]{6}", "%Y%m%d"),
)
#: Nine digits at most: every integer of the lake and of the marts holds them, so that no cell ends a night.
_WHOLE = r"[+-]?0*[0-9]{1,9}(\.0*)?"
_SERIAL = "[1-9][0-9]{4}"
_YEAR_AND_MONTH = "(19|20)[0-9]{2}[1-9]"
_MIDNIGHT = r"[ T]0{1,2}:00(:00(\.0+)?)?$"


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the temporary macros. Each names its argument often: hand them columns, not terms.

    They ask list_contains, not IN: DuckDB would plan a join for each IN.
    """
    for macro in _macros():
        connection.execute(f"create or replace temp macro {macro}")


def _macros() -> tuple[str, ...]:
    wide, narrow = literal(WIDE), literal(NARROW)
    shapes = " ".join(
        f"when regexp_full_match(d, '{shape}') then cast(try_strptime(d, '{form}') as date)" for shape, form in _DATES
    )
    # White space that is ASCII is no greater than a blank; so is nothing at all.
    open_ascii = "v[1] <= ' ' or v[-1] <= ' '"
    unusual = rf"[\x{{FF01}}-\x{{FF5E}}\x{{3000}}]|^[{WHITE}]|[{WHITE}]$"
    longest = max(len(blank.encode()) for blank in BLANKS)
    return (
        f"""tf_text(v) as if(if(strlen(v) = length(v), {open_ascii}, regexp_matches(v, '{unusual}')),
            nullif(trim(if(strlen(v) = length(v), v, translate(v, {wide}, {narrow})), '{WHITE}'), ''), v)""",
        f"tf_value(v) as if(strlen(v) <= {longest} and list_contains({literals(BLANKS)}, lower(v)), null, v)",
        "tf_bare(v) as if(v[1] in ('''', '`'), nullif(v[2:], ''), v)",
        f"""tf_destroyed(v) as if({" or ".join(f"contains(v, '{mark}')" for mark in _IN_DESTROYED)},
            regexp_full_match(lower(v), '{DESTROYED}'), false)""",
        r"""tf_digits(v) as if(contains(v, ',') and regexp_full_match(v, '[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?'),
            replace(v, ',', ''), v)""",
        r"tf_plain(v) as if(regexp_full_match(v, '[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)'), v, null)",
        rf"""tf_whole(v) as if(regexp_full_match(v, '{_WHOLE}'),
            if(contains(v, '.'), regexp_replace(v, '\.0*$', ''), v), null)""",
        f"tf_day(v) as if(contains(v, ':'), regexp_replace(v, '{_MIDNIGHT}', ''), v)",
        # Half as dear as try_strptime, and the same days.
        f"""tf_date(d) as cast(case when d is null then null
            when regexp_full_match(d, '{_PARTED_DATE}')
                then try_cast(replace(replace(d, '/', '-'), '.', '-') as date)
            {shapes} when regexp_full_match(d, '{_SERIAL}') and not regexp_full_match(d, '{_YEAR_AND_MONTH}')
            then date '1899-12-30' + cast(d as integer) end as date)""",
        f"""tf_boolean(v) as case when v is null then null when list_contains({literals(YES)}, lower(v)) then true
            when list_contains({literals(NO)}, lower(v)) then false end""",
        r"tf_code(v) as lower(if(contains(v, '.'), regexp_replace(v, '^([0-9]+)\.0+$', '\1'), v))",
        """tf_items(v) as list_filter(list_transform(regexp_split_to_array(v, '[,、;]'), lambda x: trim(x)),
            lambda x: x <> '')""",
        "tf_once(l) as list_filter(l, lambda x, i: list_position(l, x) = i)",
    )
