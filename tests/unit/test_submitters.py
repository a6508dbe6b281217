"""A submitter's name says who it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include.home import Home, batch_names
from include.intake.submitters import (
    UnknownSubmitter,
    accounts,
    county_id_of,
    county_ids,
    is_closed,
    kind_of,
    province_codes,
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("513431", "county"),
        ("441900", "county"),
        ("510000", "province"),
        ("assessor-west-2", "assessor"),
        ("register-vehicles", "register"),
    ],
)
def test_kinds(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    "name", ["", "51343", "5134310", "013431", "assessor", "assessor-", "register-X", "county", "..", "５１３４３１"]
)
def test_names_of_nobody(name: str) -> None:
    with pytest.raises(UnknownSubmitter):
        kind_of(name)


def test_a_recoded_county_keeps_its_id() -> None:
    recoded = {code: county for code, county in county_ids().items() if code != county}
    assert recoded["610981"] == "610928"  # Xunyang, a county until 2021 and a city since
    assert county_id_of("610981") == county_id_of("610928") == "610928"
    assert county_id_of("register-vehicles") == "register-vehicles"


def test_provinces_are_those_of_the_seed() -> None:
    assert {"11", "51", "54", "65"} <= set(province_codes())
    assert 31 <= len(province_codes()) <= 34


def test_every_account_is_in_exactly_one_batch(tmp_path: Path) -> None:
    home = Home(tmp_path)
    names = ["110101", "513431", "510000", "assessor-a", "620102", "register-b"]
    for name in names:
        (home.inbox / name).mkdir(parents=True)
    found = [account.submitter for batch in batch_names(3) for account in accounts(home, batch)[0]]
    assert sorted(found) == sorted(names)


def test_a_recoded_countys_accounts_are_in_one_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the new code lies in another prefecture."""
    monkeypatch.setattr("include.intake.submitters.county_ids", lambda: {"620981": "610928"})
    home = Home(tmp_path)
    for name in ("610928", "620981"):
        (home.inbox / name).mkdir(parents=True)
    for batch in batch_names(7):
        assert len(accounts(home, batch)[0]) in (0, 2)


def test_a_code_is_closed_from_the_day_after_its_last() -> None:
    """610928 was recoded, 632856 merged into another county."""
    assert [is_closed("610928", date(2021, 12, day)) for day in (30, 31)] == [False, False]
    assert is_closed("610928", date(2022, 1, 1)) and is_closed("632856", date(2026, 11, 20))
    assert not is_closed("610981", date(2026, 11, 20)) and not is_closed("register-vehicles", date(2026, 11, 20))
