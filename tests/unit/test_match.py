"""A match between two counties is told to both, decided by a person, and silent the next night where it may be."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from include import kill_points
from include.cli import app
from include.clocks import known_at
from include.home import Home
from include.intake import decided
from include.intake.decided import DecisionRefused
from include.intake.match import decide
from include.intake.match_number import install_macro
from include.settings import Settings
from tests.unit.lake_rows import NIGHT, Attempt, person
from tests.unit.test_meet import MET, A, B, member, play, together

NEXT, THIRD = NIGHT + timedelta(days=1), NIGHT + timedelta(days=2)
WHEN = known_at(NIGHT) + timedelta(hours=11)


def told(home: Home, number: int = 1, more: bool = False) -> list[tuple[str, str]]:
    """Both counties send the same person on the number's night; who is told, and what. No name is in it."""
    night = NIGHT + timedelta(days=number - 1)
    a, b = member("A1", "shared"), member("B1", "shared")
    if more:
        for rows in (a, b):
            rows["households"][0]["members_declared"] = "2"
            rows["persons"].append(person(rows["households"][0]["household_id"], 2, person_key="another"))
    sent = [
        Attempt(together(a), number=number, as_of=night),
        Attempt(together(b), submitter=B, number=number, as_of=night),
    ]
    return [(row[0], row[4]) for row in play(home, sent, 1, night) if row[1] == MET]


def match_of(home: Home) -> str:
    """The number that both were told."""
    lines = told(home)
    assert [county for county, _ in lines] == [A, B]
    (detail,) = {detail for _, detail in lines}
    return detail.removeprefix("match ")


def say(home: Home, match: str, belongs_to: str | None = None, by: str = "Zhao", reason: str = "papers seen") -> object:
    return decide(home, Settings(home=home.root, threads=1), match, belongs_to, by, reason, WHEN)


def test_two_different_persons_are_told_of_no_more(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert say(home, match_of(home)) == NEXT
    assert told(home, 2) == []
    assert told(home, 3) == []


def test_not_decided_both_are_told_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    match = match_of(home)
    assert told(home, 2) == [(A, f"match {match}"), (B, f"match {match}")]


def test_a_person_of_one_county_is_told_to_the_other_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    match = match_of(home)
    say(home, match, belongs_to=A)
    assert told(home, 2) == [(B, f"match {match}, decided: belongs to the other county")]
    assert say(home, match, belongs_to=A) == NEXT, "the same again, also after it was told so"


def test_its_own_night_judged_again_tells_what_it_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    match = match_of(home)
    say(home, match)
    assert told(home, 1) == [(A, f"match {match}"), (B, f"match {match}")]


def test_another_person_of_the_same_households_is_a_finding_anew(tmp_path: Path) -> None:
    home = Home(tmp_path)
    match = match_of(home)
    say(home, match)
    assert told(home, 2, more=True) == [(A, f"match {match}"), (B, f"match {match}")]
    assert say(home, match) == THIRD
    assert told(home, 3, more=True) == []
    assert [Path(path).stem for path in decided.files(home, "match_decisions")] == [f"{match}-1", f"{match}-2"]


def test_a_decision_stays(tmp_path: Path) -> None:
    home = Home(tmp_path)
    match = match_of(home)
    say(home, match, belongs_to=B)
    with pytest.raises(DecisionRefused, match=r"was decided before \(same_person, by Zhao\)"):
        say(home, match)


def test_a_decision_about_nothing_or_by_nobody_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(DecisionRefused, match="nobody was told of a match"):
        say(home, "000000000000")
    match = match_of(home)
    for given, why in (
        ({"match": "000000000000"}, "nobody was told of a match '000000000000'"),
        ({"match": match, "belongs_to": "530724"}, "is between households of 513431 and 620102"),
        ({"match": match, "by": " "}, "the name of the person is empty"),
        ({"match": match, "reason": ""}, "the reason is empty"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            say(home, **given)
    assert decided.files(home, "match_decisions") == []


def test_the_command_line_takes_one_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    match = match_of(home)
    monkeypatch.setenv("TARGETED_HOME", str(tmp_path))
    asked = ["match", "decide", "--id", match, "--by", "Zhao", "--reason", "papers seen"]
    assert CliRunner().invoke(app, asked).exit_code == 2
    assert CliRunner().invoke(app, [*asked, "--different", "--belongs-to", A]).exit_code == 2
    done = CliRunner().invoke(app, [*asked, "--belongs-to", A])
    assert f"from the night {NEXT} on the person belongs to {A}: only the other county is told" in done.stdout
    assert [county for county, _ in told(home, 2)] == [B]


def _decide(root: Path, match: str, point: str) -> None:
    os.environ[kill_points.SETTING] = point
    say(Home(root), match)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_while_deciding_leaves_one_decision(tmp_path: Path, when: str) -> None:
    home = Home(tmp_path)
    match = match_of(home)
    arguments = (tmp_path, match, f"match_decisions:{when}")
    process = multiprocessing.get_context("forkserver").Process(target=_decide, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert say(home, match) == NEXT
    assert len(decided.files(home, "match_decisions")) == 1


def test_the_match_number_is_keyed(tmp_path: Path) -> None:
    """Without the secret nobody tries household keys until one gives the number."""
    told = set()
    for secret in ("11" * 32, "22" * 32):
        with duckdb.connect() as connection:
            install_macro(connection, [bytes.fromhex(secret)])
            number = "select tm_match_number('513431-H1', '530724-C3')"
            told |= {value for _ in range(2) for (value,) in connection.execute(number).fetchall()}
            install_macro(connection, [bytes.fromhex(secret), b"the next version of the person key"])
            told |= {value for (value,) in connection.execute(number).fetchall()}
    assert len(told) == 2
    assert all(re.fullmatch("[0-9a-f]{12}", number) for number in told)
