"""Templates hold the contract's headers and are read by the door's own header table; their bytes do not change."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import python_calamine

from include.contract import code_lists, contracts, normalise_header
from include.contract.templates import write_templates
from include.contract.words import chinese
from include.intake.decode import format_of
from include.intake.headers import find_header, header_score
from include.intake.tables import read_table


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("templates")
    write_templates(out)
    return out


@pytest.mark.parametrize("dataset", sorted(contracts()))
def test_each_dataset_has_a_csv_and_an_xlsx_with_its_chinese_headers(templates: Path, dataset: str) -> None:
    contract = contracts()[dataset]
    path = templates / f"{dataset}.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") and path.read_bytes().endswith(b"\r\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        (header,) = list(csv.reader(file))
    book = python_calamine.CalamineWorkbook.from_path(str(templates / f"{dataset}.xlsx"))
    assert book.get_sheet_by_index(0).to_python()[0] == header == [column.zh for column in contract.columns]
    assert [contract.headers[normalise_header(cell)] for cell in header] == [c.name for c in contract.columns]

    told = {row[1]: row for row in book.get_sheet_by_name("填报说明").to_python()[1:]}
    assert list(told) == [column.name for column in contract.columns]
    for column in contract.columns:
        row = told[column.name]
        assert (row[2] == "是 yes") == column.required
        assert column.why in str(row[6]) and chinese(column.why) in str(row[6])
        if column.code_list:
            codes = code_lists()[column.code_list].codes
            assert str(row[4]).split("\n") == [f"{code.code} {code.zh} {code.en}" for code in codes]


@pytest.mark.parametrize("dataset", sorted(contracts()))
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_door_reads_the_template_and_knows_every_header(templates: Path, dataset: str, ending: str) -> None:
    contract = contracts()[dataset]
    name = f"{dataset}.{ending}"
    data = (templates / name).read_bytes()
    table = read_table(data, format_of(name, data), lambda head: header_score(head, contract))
    header = find_header(table.head, contract)
    assert header is not None
    assert (header.missing, header.unknown, header.forbidden, header.twice) == ((), (), (), ())


def test_the_example_manifest_is_one(templates: Path) -> None:
    manifest = json.loads((templates / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] is True and manifest["files"][0]["dataset"] in contracts()
    assert len(manifest["files"][0]["sha256"]) == 64


def test_the_same_contract_gives_the_same_bytes(templates: Path, tmp_path: Path) -> None:
    for path in write_templates(tmp_path):
        assert path.read_bytes() == (templates / path.name).read_bytes(), path.name


def test_every_text_of_the_contract_has_its_chinese_and_no_text_is_left_over() -> None:
    from include.contract.words import _texts_zh

    used = {contract.description for contract in contracts().values()}
    for contract in contracts().values():
        used |= {text for column in contract.columns for text in (column.description, column.why)}
    assert used == set(_texts_zh())
