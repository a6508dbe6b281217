"""Resident numbers in DuckDB SQL: brought into one form, checked, and turned into a keyed hash; nothing else leaves.

What is mended with certainty before checking, since it changes no digit: full-width digits and letters, white space,
a leading apostrophe or quote (a spreadsheet's mark for text), a lower-case x, a trailing ".0" of a number kept as
text. Nothing else is mended.

`identity_check` says what became of a number:

- ok: 18 characters, check digit right, a real birth date not after the night, a province that exists
- missing: empty
- placeholder: no digit at all (无, 不详, -), or one digit repeated (000000000000000000)
- scientific_notation: 1.10105E+17, a spreadsheet's damage
- destroyed: 18 or more digits of which all after the fifteenth are 0 and the check digit is wrong: the same damage
- disability_card: 20 or 22 characters, a valid number with kind and grade behind it; the hash is of the number
- length: neither 18 nor a card; numbers of 15 digits (issued until 1999) are among these: no check digit guards them
- characters: 18 characters that are no digits (an X last is one)
- place: no province or residence permit begins so
- birth_date: no such day, or one after the night
- check_digit: a slip of a digit, or two exchanged

A person_key is computed for ok and disability_card alone: a wrong number would join two people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb

from include.duck import connect
from include.home import Home
from include.intake.long_numbers import BLANKS, RESIDENT_DIGITS, SEPARATORS
from include.intake.submitters import province_codes
from include.keys import read_person_secrets
from include.settings import Settings

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""GB 11643-1999, ISO 7064 MOD 11-2."""
CHECK_CHARACTERS = "10X98765432"
RESIDENCE_PERMITS = ("71", "81", "82", "83")
"""First digits of residence permits for residents of Taiwan, Hong Kong and Macao, which look like resident numbers."""

_BLOCK = 64
_SIDES = ("inner", "outer")
_WIDE = "０１２３４５６７８９ＸｘＥｅ．＋"
_NARROW = "0123456789XXEE.+"
_SHAPE = "[0-9]{17}[0-9X]"


@dataclass(frozen=True)
class Chain:
    """HMAC-SHA256 under several secrets, each over the hex of the one before; include.keys.person_key in SQL."""

    pads: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    """Each secret's inner and outer pad (RFC 2104), in order."""

    @property
    def parameters(self) -> dict[str, bytes]:
        """What to bind beside `sql`: a literal would stand in logs and plans."""
        return {f"{side}_{n}": pad for n, both in enumerate(self.pads) for side, pad in zip(_SIDES, both, strict=True)}

    def sql(self, text: str) -> str:
        """SQL for the hash, as hex, of a text expression; null for null."""
        for n in range(len(self.pads)):
            text = f"sha256($outer_{n}::blob || unhex(sha256($inner_{n}::blob || encode({text}))))"
        return text


def chain(secrets: Sequence[bytes]) -> Chain:
    """The chain of secrets of any length, the oldest first."""
    blocks = [(hashlib.sha256(s).digest() if len(s) > _BLOCK else s).ljust(_BLOCK, b"\0") for s in secrets]
    return Chain(tuple((bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)) for block in blocks))


def install_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the temporary macros that the functions below and read.py use."""
    # By code point and not by cast: no error could then ever show a digit of somebody's number.
    terms = " + ".join(f"(ascii(n[{place}]) - 48) * {weight}" for place, weight in enumerate(WEIGHTS, start=1))
    places = ", ".join(f"'{code}'" for code in (*province_codes(), *RESIDENCE_PERMITS))
    for macro in (
        # \x60 is a backtick; U+2018, U+2019 and U+FF07 are apostrophes that editors put for a plain one.
        # Nearly every number has its shape already; so the costly steps behind a plain test are left to the others.
        rf"""tm_number(v) as if(regexp_full_match(v, '{_SHAPE}'), v, regexp_replace(regexp_replace(
            translate(upper(v), '{_WIDE}', '{_NARROW}'), '[{BLANKS}]', '', 'g'),
            '^[''\x60"\x{{2018}}\x{{2019}}\x{{FF07}}]+|[''"\x{{2019}}\x{{FF07}}]+$|\.0+$', '', 'g'))""",
        f"tm_shaped(n) as regexp_full_match(n, '{_SHAPE}')",
        "tm_repeated(n) as regexp_full_match(n, '(0+|1+|2+|3+|4+|5+|6+|7+|8+|9+)X?')",
        f"tm_check_character(n) as '{CHECK_CHARACTERS}'[(({terms}) % 11) + 1]",
        "tm_birth_date(n) as cast(try_strptime(n[7:14], '%Y%m%d') as date)",
        f"tm_in_place(n) as list_contains([{places}], n[1:2])",  # for an IN DuckDB would plan a join
        """tm_fault(n, night) as case when not tm_shaped(n) then 'characters'
            when tm_check_character(n) <> n[18] then
                case when n[16:18] = '000' then 'destroyed' else 'check_digit' end
            when not tm_in_place(n) then 'place'
            when tm_birth_date(n) is null or tm_birth_date(n) > night then 'birth_date' else 'ok' end""",
        """tm_identity(n, night) as case
            when n is null or n = '' then 'missing'
            when tm_shaped(n) then if(n[1:16] = n[2:17] and tm_repeated(n), 'placeholder', tm_fault(n, night))
            when not regexp_matches(n, '[0-9]') or tm_repeated(n) then 'placeholder'
            when regexp_full_match(n, '[0-9](\\.[0-9]+)?E\\+?[0-9]{1,2}') then 'scientific_notation'
            when length(n) = 18 then tm_fault(n, night)
            when regexp_full_match(n, '[0-9]{15}0{5}|[0-9]{15}0{7}') then 'destroyed'
            when regexp_full_match(n, '[0-9]{17}[0-9X][1-7][1-4]([0-9]{2})?') and tm_fault(n[1:18], night) = 'ok'
                then 'disability_card'
            else 'length' end""".replace("\\\\", "\\"),
        # A whole valid number anywhere in a text, also within a longer run of digits (a running number or a telephone
        # number written on to it); with and without its separators.
        rf"""tm_holds_number(v, night) as if(strlen(v) >= {RESIDENT_DIGITS},
            coalesce(list_bool_or(list_transform(regexp_extract_all(
                tm_number(v) || ',' || translate(upper(v), '{_WIDE}', '{_NARROW}') || ','
                    || regexp_replace(translate(upper(v), '{_WIDE}', '{_NARROW}'), '[{SEPARATORS}]', '', 'g'),
                '[0-9]{{17,}}X?'),
                lambda n: length(n) >= 18 and list_bool_or(list_transform(range(1, length(n) - 16),
                    lambda i: tm_fault(n[i:i + 17], night) = 'ok')))), false), false)""",
    ):
        connection.execute(f"create or replace temp macro {macro}")


def identity_sql(source: str, number: str, birth_date: str | None, sex: str | None, keys: Chain) -> str:
    """A query that adds person_key, identity_check, identity_birth_agrees and identity_sex_agrees to every row.

    `source` is a table or a query in brackets; the others are names of its columns with the texts as sent (None: there
    is no such column). Takes the parameters of `keys` and $night. The two "agrees" are null where either
    side cannot be read.
    """
    birth = f"tm_birth_date(tm_core) = {_date_sql(birth_date)}" if birth_date else "null::boolean"
    agrees = "null::boolean"
    if sex:
        agrees = f"""(ascii(tm_core[17]) % 2 = 1) = (case
            when list_contains(['1', '01', '男', 'male', 'm'], lower({sex})) then true
            when list_contains(['2', '02', '女', 'female', 'f'], lower({sex})) then false end)"""
    return f"""
        select * exclude (tm_core), {keys.sql("tm_core")} as person_key,
            {birth} as identity_birth_agrees, {agrees} as identity_sex_agrees
        from (
            select * exclude (tm_plain),
                case when identity_check in ('ok', 'disability_card') then tm_plain[1:18] end as tm_core
            from (
                select *, tm_identity(tm_plain, $night::date) as identity_check
                from (select *, tm_number({number}) as tm_plain from {source})
            )
        )"""


class NumberUnreadable(ValueError):
    """A resident number that makes no person key; the message says why and not the number."""


def person_key_of(settings: Settings, home: Home, number: str, night: date) -> str:
    """The person key of one resident number, as receive would make it on `night`.

    Raises NumberUnreadable, KeysMissing.
    """
    keys = chain(read_person_secrets(home, settings))
    with connect(settings, spill=False) as connection:
        install_macros(connection)
        source = "(select $number::varchar as number)"
        found = connection.execute(
            f"select person_key, identity_check from ({identity_sql(source, 'number', None, None, keys)})",
            {"number": number, "night": night, **keys.parameters},
        ).fetchone()
    key, check = found or (None, "missing")
    if key is None:
        raise NumberUnreadable(f"the number makes no person key ({check}): compare it with the document")
    return str(key)


def _date_sql(text: str) -> str:
    """A date as offices write it (1990-05-01, 1990/5/1, 1990年5月1日, 19900501), or null; compares, never stores."""
    digits = f"if(strlen({text}) = length({text}), {text}, translate({text}, '０１２３４５６７８９', '0123456789'))"
    parts = rf"regexp_extract({digits}, '^(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})', ['y', 'm', 'd'])"
    parted = f"try_cast({parts}.y || '-' || {parts}.m || '-' || {parts}.d as date)"
    return rf"""case when regexp_full_match({digits}, '\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}}')
            then try_cast(replace({digits}, '/', '-') as date)
        when regexp_full_match({digits}, '\d{{8}}') then cast(try_strptime({digits}, '%Y%m%d') as date)
        when regexp_full_match({digits}, '\d{{5}}') then date '1899-12-30' + try_cast({digits} as integer)
        else {parted} end"""
