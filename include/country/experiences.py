"""Experiences that counties of the made-up country pass on: a measure and cause, and five texts without any person."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from include.country.facts import County, measure_numbers
from include.country.households import blank
from include.country.offices import OFFICE, unit_id
from include.country.tables import Table, between, full, index_of

EXPERIENCE_WIDTH = 10**4
_CAUSE = index_of("cause")


class Example(NamedTuple):
    """One experience: codes of the contract, and the texts as a county would write them."""

    measure: str
    cause: str
    title: str
    what_was_done: str
    how_it_was_done: str
    result: str


EXAMPLES = (
    Example(
        "M-TRAIN", "07", "农闲时在村里办班，学完就近上岗",
        "把技能培训放到农闲季节，在村活动室开班，课程按附近用工单位的岗位来定。",
        "乡镇摸清谁愿意学、学什么；县人社部门请用工单位出题；学员自愿报名，学不会可以再学一期。",
        "报名的大多学完，一部分在本乡上岗。",
    ),
    Example(
        "M-IND", "09", "先看市场再发苗，收购单位先签约",
        "发展种植前先由收购单位与合作社签收购协议，再发苗和补助。",
        "农业部门组织验苗，合作社统一管护，补助分三次按成活情况发放。",
        "销路有着落，毁约的少。",
    ),
    Example(
        "M-EDU", "03", "开学前一个月把助学金核到人",
        "由教育部门与登记数据比对，开学前一个月核出应助学生，学校只需确认。",
        "教育局出名单，学校确认，乡镇补漏；不再要求家长跑证明。",
        "漏助和迟发都少了。",
    ),
    Example(
        "M-HEALTH", "01", "慢性病送药到村，月底统一结算",
        "慢性病用药由乡镇卫生院按月送到村卫生室，费用月底由经办机构统一结算。",
        "卫生院排线路，村卫生室签收，医保经办机构按清单结算。",
        "病人少跑路，断药的少。",
    ),
    Example(
        "M-WATER", "06", "水窖改造与管护员同时到位",
        "改造集雨水窖时同步确定管护岗位和维修经费。",
        "水利部门定图纸，村里投工，管护岗位优先安排有意愿的困难家庭。",
        "旱季供水稳定。",
    ),
)  # fmt: skip


def texts(column: str) -> tuple[str, ...]:
    """The texts of a column of which a table holds the position."""
    return tuple(str(getattr(example, column)) for example in EXAMPLES)


def make_experiences(rng: np.random.Generator, county: County, first_day: int, night: int) -> Table:
    """Two experiences of the county's own village and of the whole county."""
    chosen = rng.permutation(len(EXAMPLES))[:2].astype(np.int64)
    n = len(chosen)
    return {
        "experience_id": county.number * EXPERIENCE_WIDTH + 1 + np.arange(n, dtype=np.int64),
        "title": chosen,
        "measure_code": np.array([measure_numbers()[EXAMPLES[i].measure] for i in chosen], dtype=np.int64),
        "main_cause": np.array([_CAUSE[EXAMPLES[i].cause] for i in chosen], dtype=np.int64),
        "place_code": np.array([county.villages[0].code, county.number], dtype=np.int64)[:n],
        "from_date": first_day - between(rng, 200, 900, n),
        "what_was_done": chosen,
        "how_it_was_done": chosen,
        "result": chosen,
        "unit_id": unit_id(county.number, full(n, OFFICE)),
        **blank(n, night),
    }
