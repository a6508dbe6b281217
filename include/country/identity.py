"""Resident numbers that are valid in form and recognisably synthetic.

county code (6) + birth date (8) + sequence (3) + check digit. Real sequences are handed out from 001 upwards; here they
come from 900-999 (odd for men, even for women). When a county has more than 50 births of one sex on one day the range
widens downwards (800-899, 700-799, ...), so that a number is never given twice.
"""

from __future__ import annotations

import numpy as np

from include.country.tables import Ints, full, ints, rank_within

FIRST_SEQUENCE = 900
_PER_BLOCK = 50
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
CHECK_DIGITS = "10X98765432"


def ymd_number(days: Ints) -> Ints:
    """Days as a number such as 19491231."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    whole = months.astype(np.int64)
    dom = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    return np.asarray((whole // 12 + 1970) * 10000 + (whole % 12 + 1) * 100 + dom, dtype=np.int64)


def first_17(county: int, birth: Ints, sex: Ints, taken_birth: Ints, taken_sex: Ints) -> Ints:
    """The first 17 digits for new persons; `taken` are the county's earlier persons. Sex: 0 male, 1 female.

    Raises ValueError when more than 450 persons of one sex were born on one day in one county.
    """
    keys = np.concatenate([taken_birth, birth]) * 2 + np.concatenate([taken_sex, sex])
    rank = rank_within(keys)[len(taken_birth) :]
    block, within = rank // _PER_BLOCK, rank % _PER_BLOCK
    if len(block) and int(block.max()) > 8:
        raise ValueError("more persons of one birth date than the synthetic sequence range holds")
    sequence = FIRST_SEQUENCE - 100 * block + 2 * within + np.where(sex == 0, 1, 0)
    return ints((county * 10**8 + ymd_number(birth)) * 1000 + sequence)


def check_index(number: Ints) -> Ints:
    """Position of each number's check digit in CHECK_DIGITS."""
    total = full(len(number), 0)
    for place in range(17):
        total += (number // 10 ** (16 - place) % 10) * _WEIGHTS[place]
    return total % 11
