"""The committed county guide is the one that the contract and the catalogue give, and it says what it must."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.contract import code_lists, contracts, forbidden_headers
from include.letters.guide import LANGUAGES, guide
from include.rules import catalogue

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "county-guide"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_committed_guide_is_current(language: str) -> None:
    committed = (COMMITTED / f"{language}.md").read_text(encoding="utf-8")
    assert committed == guide(language), "run `targeted docs build`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_code_list_and_rule_is_in_the_guide(language: str) -> None:
    text = guide(language)
    for contract in contracts().values():
        section = text.split(f"### {contract.zh} `{contract.name}`")[1].split("\n### ")[0]
        for column in contract.columns:
            assert f"| {column.zh} | `{column.name}` |" in section
    for codes in code_lists().values():
        assert f"### `{codes.name}`" in text
        assert all(f"| `{code.code}` | {code.zh}" in text for code in codes.codes)
    for rule in catalogue():
        line = next(line for line in text.splitlines() if line.startswith(f"| `{rule.id}`"))
        assert (rule.title_zh if language == "zh" else rule.title_en).split("|")[0][:20] in line
    assert "`manifest.json`" in text and "nothing_due" in text
    assert all(header in text for header in forbidden_headers())


def test_the_guide_says_what_holding_means_in_plain_words() -> None:
    zh, en = guide("zh"), guide("en")
    for words in (
        "收到 = 接收 + 暂缓 + 未读",
        "该户仍在册",
        "系统方原因",
        "没有证件号码从不影响任何人",
        "最后放入 `manifest.json`",
    ):
        assert words in zh
    for words in ("received = accepted + held + rejected", "stays in the registry", "our fault", "never holds anybody"):
        assert words in " ".join(en.split())
