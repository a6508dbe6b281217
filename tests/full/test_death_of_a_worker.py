"""kill -9 of a Celery worker in the middle of receive: the other does its work, and the content is the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from include.demo.cluster import BATCHES, COMPARED, WORKERS, rehearse
from tests.full.test_deaths import files_of, open_files


@pytest.mark.long
def test_a_night_on_two_workers_one_of_which_is_killed_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    """With PostgreSQL and Redis from Debian's packages; `make test-long` installs them."""
    outcome = rehearse(tmp_path, counties=4, households=400, seed=11, say=print)

    assert outcome.killed in WORKERS
    assert outcome.processes > 3, "the worker, its pool, a supervisor and a task"
    (survivor,) = set(WORKERS) - {outcome.killed}
    lost = {task: tries for task, tries in outcome.again.items() if tries[0].worker == outcome.killed}
    assert lost and all(": receive " in task for task in lost), "it died in receive, and nothing else was lost"
    for tries in lost.values():
        assert [(one.number, one.worker) for one in tries] == [(1, outcome.killed), (2, survivor)]
        assert tries[-1].state == "success"
    done = Counter(one.task for one in outcome.tries if one.state == "success")
    assert set(done.values()) == {1}, "no task was done twice"
    assert sum(": receive " in task for task in done) == BATCHES

    for name in COMPARED:
        undisturbed, disturbed = outcome.hashes[name]
        assert undisturbed == disturbed, name
    assert open_files(outcome.disturbed) == open_files(outcome.undisturbed)
    for room in ("lake", "outbox"):
        died, stood = (set(files_of(getattr(home, room))) for home in (outcome.disturbed, outcome.undisturbed))
        assert died == stood
