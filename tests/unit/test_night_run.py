"""A night without a scheduler: what goes to people does not wait for one another, as in the DAG county_letters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from include import night as steps
from include.cli import app
from include.clocks import known_at
from include.home import Home
from include.intake.ahead import NightAhead
from include.intake.judge import FindingsMissing
from include.intake.known import NotMet
from include.intake.ledger import OtherBatches
from include.result import Result
from include.settings import Settings
from include.warehouse.leaks import Leak

NIGHT = date(2026, 11, 21)
TO_PEOPLE = ["publish_quality", "letters 0-of-2", "letters 1-of-2", "board", "lineage", "hand_out"]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[str], list[Result], list[str]]]:
    """Run a night of which the named steps fail; returns the steps that ran, what was said, and what was alerted."""

    def played(*failing: str) -> tuple[list[str], list[Result], list[str]]:
        ran: list[str] = []
        alerted: list[str] = []

        def stub(step: str) -> Callable[..., Result]:
            def run(_home: Home, _settings: Settings, *arguments: object, **_: object) -> Result:
                batch = [str(argument) for argument in arguments if "-of-" in str(argument)]
                name = " ".join([step, *batch])
                ran.append(name)
                if name in failing:
                    raise OSError(f"{name} is broken")
                return Result(name, NIGHT)

            return run

        for step in ("fetch", "receive", "meet", "check", "judge", "gate", "build", "publish", "heartbeat", "resolve"):
            monkeypatch.setattr(steps, step, stub(step))
        for step in ("publish_quality", "letters", "board", "lineage", "hand_out"):
            monkeypatch.setattr(steps, step, stub(step))
        monkeypatch.setattr(steps, "alert", lambda *told: alerted.append(f"{told[3]}: {told[4]}"))
        said: list[Result] = []
        settings = Settings(home=tmp_path, batches=2, inbox_url="file:///elsewhere")
        if failing:
            with pytest.raises(OSError, match=f"^{failing[0]} is broken$"):
                steps.run(Home(tmp_path), settings, NIGHT, said.append)
        else:
            steps.run(Home(tmp_path), settings, NIGHT, said.append)
        return ran, said, alerted

    return played


def test_a_night_that_has_not_come_runs_no_step_and_is_alerted_to_nobody(
    tmp_path: Path, play: Callable[..., tuple[list[str], ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    received = home.lake_file("attempts", NIGHT, "0-of-1")
    received.parent.mkdir(parents=True)
    received.touch()
    ran, _, alerted = play()
    ran.clear()
    with pytest.raises(NightAhead, match="2027-11-22 has not come: it is 2026-11-22 22:00"):
        steps.run(home, Settings(home=tmp_path), date(2027, 11, 22), print, looked_at=known_at(date(2026, 11, 22)))
    assert ran == [] == alerted


def to_people(ran: list[str]) -> list[str]:
    return [name for name in ran if name.split()[0] in {step.split()[0] for step in TO_PEOPLE}]


def test_a_night_that_goes_well_ends_in_resolve_and_heartbeat(play: Callable[..., tuple[list[str], ...]]) -> None:
    ran, _, alerted = play()
    assert to_people(ran) == TO_PEOPLE
    assert ran[-2:] == ["resolve", "heartbeat"]
    assert alerted == []


@pytest.mark.parametrize("failing", [step for step in TO_PEOPLE if step != "publish_quality"])
def test_one_that_fails_leaves_the_others(failing: str, play: Callable[..., tuple[list[str], ...]]) -> None:
    ran, _, alerted = play(failing)
    assert to_people(ran) == TO_PEOPLE
    assert ran[-1] == "heartbeat" and "resolve" not in ran
    assert alerted == [f"{failing.split(maxsplit=1)[0]}: {failing} is broken"]


def test_the_first_failure_is_raised_and_the_others_are_told(
    play: Callable[..., tuple[list[str], list[Result], list[str]]],
) -> None:
    ran, said, alerted = play("letters 0-of-2", "letters 1-of-2", "lineage")
    assert to_people(ran) == TO_PEOPLE
    assert alerted == ["letters: letters 0-of-2 is broken"]
    told = [(result.step, result.notes) for result in said if result.notes]
    assert told == [("letters", ("failed too: OSError",)), ("lineage", ("failed too: OSError",))]


def test_without_the_nights_quality_nothing_is_written_from_an_older_one(
    play: Callable[..., tuple[list[str], ...]],
) -> None:
    """In the DAGs county_letters does not start then."""
    ran, _, alerted = play("publish_quality")
    assert to_people(ran) == ["publish_quality"]
    assert alerted == ["publish_quality: publish_quality is broken"]


def test_what_stops_the_marts_is_raised_and_both_are_alerted(play: Callable[..., tuple[list[str], ...]]) -> None:
    ran, _, alerted = play("publish", "letters 0-of-2")
    assert to_people(ran) == TO_PEOPLE
    assert alerted == ["publish: publish is broken", "letters: letters 0-of-2 is broken"]


@pytest.mark.parametrize("refused", [OtherBatches, NotMet, FindingsMissing, Leak, NightAhead])
def test_what_a_step_refuses_is_said_in_its_words(
    refused: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = NightAhead(NIGHT, known_at(date(2025, 11, 21))) if refused is NightAhead else refused("mend it so")

    def run(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(steps, "run", run)
    monkeypatch.setenv("TARGETED_HOME", str(tmp_path))
    ran = CliRunner().invoke(app, ["night", "run", "--night", f"{NIGHT}"])
    assert (ran.exit_code, ran.stderr) == (1, f"{error}\n")
    assert isinstance(ran.exception, SystemExit), "no traceback"
