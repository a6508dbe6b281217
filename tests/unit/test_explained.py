"""An office explains what was found: it is not asked again until the value changes, and nothing else is silenced."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from include.home import Home
from include.intake import withdrawn
from include.intake.withdrawn import Withdrawal
from include.keys import append_secret, hmac_key_file
from tests.unit.lake_rows import BATCH, COUNTY, NIGHT, Attempt, Night, Rows, clean, run

BEYOND, NOTHING_THERE = "arable-land-beyond-bound", "explanation-of-no-finding"
MUCH, MORE = "900", "1200"


def sent(land: str, *words: dict[str, Any], **household: Any) -> Rows:
    """The clean package with so much land for its first household, and with these explanations."""
    rows = clean()
    rows["households"][0] |= {"arable_land": land} | household
    return rows | ({"explanations": list(words)} if words else {})


def word(finding_id: str, **more: str) -> dict[str, str]:
    return {"finding_id": finding_id, "explanation": "承包集体土地"} | more


def play(home: Home, number: int, rows: Rows, kind: str = "full") -> Night:
    night = NIGHT + timedelta(days=number - 1)
    return run(home.root, [Attempt(rows, number=number, as_of=night, kind=kind)], night)


def found(night: Night, rule: str = BEYOND) -> str:
    """The id of the night's only finding of a rule."""
    (finding_id,) = {finding for finding, of in night.rows("findings_check", None, "finding_id, rule") if of == rule}
    return str(finding_id)


def explained(night: Night) -> list[tuple[str, str, str]]:
    """Finding, where it was seen last, and who explained it; without those that were taken back."""
    return [row for row in night.rows("explained", None, "finding_id, attempt_id, explained_by") if row[1]]


def state(night: Night) -> str:
    ((said,),) = night.rows("attempt_states", None, "state")
    return str(said)


def attempt(number: int) -> str:
    return Attempt(number=number).attempt_id


def test_explained_in_the_next_package_it_is_silent_as_long_as_the_value_stays(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = play(home, 1, sent(MUCH))
    finding = found(first)
    assert (state(first), explained(first)) == ("accepted_with_queries", [])
    second = play(home, 2, sent(MUCH, word(finding)))
    assert (state(second), explained(second)) == ("accepted", [(finding, attempt(2), attempt(2))])
    third = play(home, 3, sent(MUCH, housing_area="61"))
    assert (state(third), explained(third)) == ("accepted", [(finding, attempt(3), attempt(2))])
    changed = play(home, 4, sent(MORE))
    assert found(changed) == finding
    assert (state(changed), explained(changed)) == ("accepted_with_queries", [])


def test_a_package_of_explanations_alone_is_enough(tmp_path: Path) -> None:
    home = Home(tmp_path)
    finding = found(play(home, 1, sent(MUCH)))
    second = play(home, 2, {"explanations": [word(finding)]}, kind="changes")
    assert explained(second) == [(finding, attempt(1), attempt(2))]
    assert state(play(home, 3, sent(MUCH))) == "accepted"


def test_explained_beforehand_in_the_very_package(tmp_path: Path) -> None:
    elsewhere = found(play(Home(tmp_path / "known"), 1, sent(MUCH)))
    assert state(play(Home(tmp_path / "home"), 1, sent(MUCH, word(elsewhere)))) == "accepted"


def test_an_explanation_taken_back_asks_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    finding = found(play(home, 1, sent(MUCH)))
    play(home, 2, sent(MUCH, word(finding)))
    closed = word(
        finding, operation="close", close_reason="entered_in_error", closed_on=f"{NIGHT:%Y-%m-%d}", closed_by="U1"
    )
    third = play(home, 3, sent(MUCH, closed))
    assert (state(third), explained(third)) == ("accepted_with_queries", [])
    assert state(play(home, 4, sent(MUCH))) == "accepted_with_queries"


def test_what_must_be_mended_is_not_explained_away(tmp_path: Path) -> None:
    home = Home(tmp_path)
    finding = found(play(home, 1, sent("10", members_declared="9")), "members-declared-differ")
    second = play(home, 2, sent("10", word(finding), members_declared="9"))
    assert explained(second) == []
    assert state(second) == "partly_accepted"


def test_a_number_that_is_nobodys_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    finding = found(play(home, 1, sent(MUCH)))
    second = play(home, 2, sent(MUCH, word(finding[:-1])))
    assert explained(second) == []
    assert ("explanations", NOTHING_THERE, 2, "advice", "finding_id") in second.findings()


def test_another_offices_finding_is_not_explained(tmp_path: Path) -> None:
    home = Home(tmp_path)
    finding = found(play(home, 1, sent(MUCH)))
    night = NIGHT + timedelta(days=1)
    stranger = Attempt({"explanations": [word(finding)]}, submitter="513432", as_of=night, kind="changes")
    assert stranger.submitter != COUNTY
    second = run(tmp_path, [stranger, Attempt(sent(MUCH), number=2, as_of=night)], night)
    assert explained(second) == []
    assert NOTHING_THERE in second.broken()


def test_a_word_of_a_package_that_was_taken_back_counts_no_more(tmp_path: Path) -> None:
    """Of an earlier night, and of the very night."""
    home = Home(tmp_path)
    finding = found(play(home, 1, sent(MUCH)))
    play(home, 2, sent(MUCH, word(finding)))
    third = NIGHT + timedelta(days=2)
    with duckdb.connect() as connection:
        withdrawn.write(connection, home, third, BATCH, [Withdrawal(COUNTY, attempt(2), attempt(3))])
    asked = play(home, 3, sent(MUCH))
    assert (state(asked), explained(asked)) == ("accepted_with_queries", [])
    with duckdb.connect() as connection:
        fourth = third + timedelta(days=1)
        withdrawn.write(connection, home, fourth, BATCH, [Withdrawal(COUNTY, attempt(4), attempt(5))])
    assert explained(play(home, 4, sent(MUCH, word(finding)))) == []


def marks(night: Night) -> dict[str, str]:
    return dict(night.rows("findings_check", None, "rule, mark"))


def test_a_mark_tells_nothing_without_the_key(tmp_path: Path) -> None:
    """An area, or a birth date, has so few values that a plain hash of it is found by trying them all."""
    other = Home(tmp_path / "other")
    hmac_key_file(other).parent.mkdir(parents=True)
    hmac_key_file(other).write_text("7a" * 32, encoding="ascii")
    hmac_key_file(other).chmod(0o600)
    first, second = play(Home(tmp_path / "one"), 1, sent(MUCH)), play(other, 1, sent(MUCH))
    assert found(first) == found(second)
    assert marks(first)[BEYOND] != marks(second)[BEYOND]
    tried = {sha256(f"{found(first)}|{area}".encode()).hexdigest() for area in (MUCH, f"{MUCH}.0000")}
    assert not tried & {*marks(first).values()}


def test_what_was_explained_stays_explained_after_a_rotation(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = play(home, 1, sent(MUCH))
    play(home, 2, sent(MUCH, word(found(first))))
    append_secret(home)
    third = play(home, 3, sent(MUCH))
    assert (state(third), marks(third)) == ("accepted", marks(first))


def test_a_mark_of_another_key_fits_nothing_and_its_finding_asks_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    play(home, 2, sent(MUCH, word(found(play(home, 1, sent(MUCH))))))
    hmac_key_file(home).write_text("7a" * 32, encoding="ascii")
    third = play(home, 3, sent(MUCH))
    assert (state(third), explained(third)) == ("accepted_with_queries", [])


def test_the_same_night_again_leaves_the_same_bytes(tmp_path: Path) -> None:
    home = Home(tmp_path)
    finding = found(play(home, 1, sent(MUCH)))
    path = play(home, 2, sent(MUCH, word(finding))).home.lake_file("explained", NIGHT + timedelta(days=1), "0-of-1")
    before = path.read_bytes()
    play(home, 2, sent(MUCH, word(finding)))
    assert path.read_bytes() == before
