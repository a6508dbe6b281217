"""The steps of a night, in order. The DAGs and the command line call these and nothing else.

Each step reads what the step before it wrote, by night, and may be killed and run again. Heavy libraries are imported
inside the steps, so that a DAG file that names a step stays light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial, wraps
from time import monotonic
from typing import Concatenate, Literal, ParamSpec

from include.clocks import known_at
from include.home import Home, batch_names
from include.result import Result
from include.settings import Settings

P = ParamSpec("P")
KeyedStep = Callable[Concatenate[Home, Settings, P], Result]


_NO_REMOTE_INBOX = "TARGETED_INBOX_URL is not set: the local folder is the inbox"


def keys_agree(step: KeyedStep[P]) -> KeyedStep[P]:
    """A step that reads or writes person keys: it works with the lake's secrets alone, and holds off a rotation."""

    @wraps(step)
    def agreed_step(home: Home, settings: Settings, /, *args: P.args, **kwargs: P.kwargs) -> Result:
        from include.key_state import agreed

        with agreed(home, settings):
            return step(home, settings, *args, **kwargs)

    return agreed_step


def fetch(home: Home, settings: Settings, night: date, looked_at: datetime | None = None) -> Result:
    """Take what lies whole in the remote inbox into the local one; nothing to do when none is set.

    For `looked_at` see `receive`. Raises RemoteInboxTrouble when the server cannot be worked with.
    """
    from include.intake.remote_inbox import fetch as step
    from include.intake.remote_inbox import finish
    from include.remote.object_storage import open_accounts

    finish(home)
    remote = open_accounts(settings)
    if remote is None:
        return Result("fetch", night, notes=(_NO_REMOTE_INBOX,))
    return step(home, settings, night, looked_at or known_at(night), remote)


def hand_out(home: Home, settings: Settings, night: date) -> Result:
    """Put letters and receipts into the remote outboxes; nothing to do when no remote inbox is set.

    Of every night goes out what has changed since it was last handed out. Receipts of the night before, of this one and
    of the next may be written at any moment: of these nights each page is compared, of all others the folder as a
    whole. Raises RemoteInboxTrouble as `fetch` does.
    """
    from include.letters.remote_outbox import hand_out as step
    from include.remote.object_storage import open_accounts

    remote = open_accounts(settings)
    if remote is None:
        return Result("hand_out", night, notes=(_NO_REMOTE_INBOX,))
    return step(home, night, [night + timedelta(days=days) for days in (-1, 0, 1)], remote)


def acknowledge(home: Home, settings: Settings, night: date, looked_at: datetime | None = None) -> Result:
    """Put a receipt into the outbox of each submitter for each package that lies whole in its inbox.

    `night` is the day of `looked_at`, when the inbox is looked into (the night's cut-off when not given).
    """
    from include.intake.acknowledge import acknowledge as step
    from include.letters.receipt import write_copies

    result, due = step(home, settings, night, looked_at or known_at(night))
    return replace(result, counts=result.counts | {"copies": write_copies(home, due)})


@keys_agree
def receive(
    home: Home,
    settings: Settings,
    night: date,
    batch: str,
    arrived_at: datetime | None = None,
    looked_at: datetime | None = None,
) -> Result:
    """Archive what lies in the batch's inbox accounts, encrypted, and read it into the lake as text.

    `arrived_at` is the arrival time to record, `looked_at` when the inbox is looked into: what is still being written
    then is left to lie. Both Asia/Shanghai without zone, and the night's cut-off when not given. Raises NotEnoughSpace
    before it begins when the disk is too small for what lies in the inbox.
    """
    from include.intake.receive import receive as step
    from include.upkeep.free_space import ensure_space, need_of_receive

    ensure_space(need_of_receive(home, settings))
    return step(home, settings, night, batch, arrived_at or known_at(night), looked_at or known_at(night))


@keys_agree
def meet(home: Home, settings: Settings, night: date) -> Result:
    """Find what one batch cannot see: persons of other counties, staff and units of any office; after every receive."""
    from include.intake.meet import meet as step
    from include.intake.near_scores import score

    return step(home, settings, night, score)


@keys_agree
def check(home: Home, settings: Settings, night: date, batch: str) -> Result:
    """Type the rows that were read and write a finding for each rule a row breaks."""
    from include.intake.check import check as step

    return step(home, settings, night, batch)


@keys_agree
def judge(home: Home, settings: Settings, night: date, batch: str) -> Result:
    """Accept, hold or reject each row, whole households together, and give each county its verdict."""
    from include.intake.judge import judge as step

    return step(home, settings, night, batch)


@keys_agree
def gate(home: Home, settings: Settings, stage: str, night: date) -> Result:
    """Let Great Expectations judge a stage; raises GateFailed when the next stage may not run."""
    from expectations.gate import run_gate
    from include.watch.gate_seconds import keep

    started = monotonic()
    try:
        return run_gate(stage, home, settings, night)
    finally:
        keep(home, stage, night, monotonic() - started)


@keys_agree
def build(home: Home, settings: Settings, layer: str, night: date) -> Result:
    """Build one layer of the warehouse with dbt; raises DbtFailed, and NotEnoughSpace before it begins."""
    from include.upkeep.free_space import ensure_space, need_of_build
    from include.warehouse.dbt import build_layer

    if layer in ("seeds", "staging_intermediate"):
        ensure_space(need_of_build(home, settings))
    notes = _hand_over_alerts(home, settings, night) if layer == "quality" else ()
    result = build_layer(home, settings, night, layer)
    return replace(result, notes=result.notes + notes)


@keys_agree
def publish(home: Home, settings: Settings, night: date) -> Result:
    """Publish marts.duckdb and marts_open.duckdb: written aside, read back, compared, then swapped.

    Raises NotEnoughSpace before it begins when the disk is too small for another version.
    """
    from include.upkeep.free_space import ensure_space, need_of_publish
    from include.warehouse.publish import publish_marts

    ensure_space(need_of_publish(home, settings))
    return publish_marts(home, settings, night, lambda stage: gate(home, settings, stage, night))


@keys_agree
def publish_quality(home: Home, settings: Settings, night: date) -> Result:
    """Publish quality.duckdb, pass or fail."""
    from include.warehouse.publish import publish_quality as step

    notes = _hand_over_alerts(home, settings, night)  # also where the quality layer was not built
    result = step(home, settings, night)
    return replace(result, notes=result.notes + notes)


def _hand_over_alerts(home: Home, settings: Settings, night: date) -> tuple[str, ...]:
    """What earlier nights told goes into the lake, for the quality layer and file; where it cannot, a note says so.

    A memory of alerts that is damaged must not keep letters and board from anybody.
    """
    import duckdb

    from include.watch.alert_history import write_alerts

    try:
        write_alerts(home, settings, night)
    except (OSError, ValueError, KeyError, TypeError, duckdb.Error) as error:
        return (f"{home.alerts} could not be read or handed over ({type(error).__name__}): quality.alerts is older",)
    return ()


def letters(home: Home, settings: Settings, night: date, batch: str) -> Result:
    """Write the letter of each submitter of the batch."""
    from include.letters.letters import write_letters

    return write_letters(home, settings, night, batch)


def board(home: Home, settings: Settings, night: date) -> Result:
    """Write the morning board."""
    from include.watch.board import write_board

    return write_board(home, settings, night)


def lineage(home: Home, settings: Settings, night: date) -> Result:
    """Write what each job of the night read and wrote, as OpenLineage events."""
    from include.lineage.write import write_lineage

    return write_lineage(home, settings, night)


def alert(home: Home, settings: Settings, night: date, task: str, error: Exception) -> None:
    """Tell the people who can act that a task of the night failed; raises AlertNotDelivered."""
    from expectations.gate import GateFailed
    from include.upkeep.free_space import told_of
    from include.watch.alerts import notify_gate_failed, notify_step_failed
    from include.watch.subjects import step_name

    if isinstance(error, GateFailed):
        notify_gate_failed(home, settings, error)
    else:
        notify_step_failed(home, settings, step_name(dag_of(task), task), night, type(error).__name__, told_of(error))


def resolve(home: Home, settings: Settings, night: date) -> None:
    """End the open alerts that a whole night's success has answered; raises AlertNotDelivered when all were tried."""
    from expectations.results import STAGES
    from include.watch.alerts import notify_resolved
    from include.watch.freshness import answered
    from include.watch.state import read_open_alerts
    from include.watch.subjects import over_without_a_run, step_name, step_subject

    of_the_night = tuple(step_subject(step_name(dag, "")) for dag in TASKS)
    steps = [alert.subject for alert in read_open_alerts(home) if alert.subject.startswith(of_the_night)]
    gates = [f"gate:{stage}" for stage in STAGES]
    subjects = (*gates, *steps, *answered(home, night), *over_without_a_run(home, settings))
    notify_resolved(home, settings, subjects, night)


def heartbeat(home: Home, settings: Settings, night: date, at: datetime | None = None) -> Result:
    """Tell once, pass or fail, how the night went, what to look at in the morning and which alerts stand.

    In quiet hours (`at`, Asia/Shanghai) the message waits for `send_due`.
    """
    from include.watch.heartbeat import tell_heartbeat

    return tell_heartbeat(home, settings, night, at)


def freshness(home: Home, settings: Settings, day: date) -> Result:
    """Ask whether readers have the marts of the night before `day`; raises MartsNotFresh."""
    from include.watch.freshness import check_freshness

    return check_freshness(home, day)


def send_due(home: Home, settings: Settings, night: date, at: datetime | None = None) -> Result:
    """Send the messages that wait; raises AlertNotDelivered when a route does not take one."""
    from include.watch.alerts import send_due as send

    return Result("send due", night, counts={"told": send(home, settings, night, at)})


def release(
    home: Home,
    settings: Settings,
    night: date,
    county: str,
    attempt: str,
    answer: Literal["release", "refuse"],
    by: str,
    reason: str,
    *,
    decided_at: datetime,
) -> Result:
    """Record a person's decision on an attempt of the night that a breaker holds; raises DecisionRefused."""
    from include.intake.release import decide

    counts_from = decide(home, settings, county, attempt, answer, by, reason, decided_at)
    note = f"{attempt}: {answer}, from the night {counts_from:%Y-%m-%d}"
    return Result("release", night, counts={"decided": 1}, notes=(note,))


@keys_agree
def retention(home: Home, settings: Settings, night: date, looked_at: datetime, dry_run: bool = False) -> Result:
    """Remove what the dated rules of retention no longer keep; raises NightAhead when `night` is ahead of `looked_at`.

    `looked_at` is the caller's clock, Asia/Shanghai without zone.
    """
    from include.upkeep.retention import retention as step

    return step(home, settings, night, looked_at, dry_run)


def finish_deletions(home: Home, settings: Settings, night: date, say: Callable[[Result], None]) -> None:
    """Carry out every registered deletion of a person, and publish the newest night anew without them.

    Runs again to the same end after a death or an error anywhere. Raises DeletionRefused when `night` is not the newest
    one, KeysInUse while a step of a night works, GateFailed or DbtFailed when it cannot be published: the deletions are
    then not finished.
    """
    from include.key_state import agreed
    from include.upkeep import deletion

    deletion.require_newest(home, night)
    with agreed(home, settings, exclusive=True):
        say(deletion.erase(home, settings, night))
    for name, task in (*_from_the_lake(home, settings, night), *_to_people(home, settings, night)):
        if name != "hand_out":  # the next one sees every folder that changed here; no server may hold up a deletion
            say(task())
    say(deletion.finish(home, night))


Task = tuple[str, Callable[[], Result]]
"""A step as the DAGs name its task, ready to be called."""
Failure = tuple[str, Exception]
"""A task that failed, and its error."""
TASKS: Mapping[str, tuple[str, ...]] = {
    "receive_submissions": ("fetch", "receive", "meet", "check", "judge", "gate_submissions"),
    "build_marts": (
        "build_seeds", "build_staging_intermediate", "gate_warehouse", "build_marts", "gate_marts", "build_quality",
        "publish", "publish_quality",
    ),
    "county_letters": ("letters", "board", "lineage", "hand_out"),
}  # fmt: skip
"""The DAGs of a night and which of its tasks each of them runs: an alert is filed under both."""
_QUALITY = "publish_quality"
"""The task from whose file everything that goes to people is written."""


def _to_the_marts(home: Home, settings: Settings, night: date, looked_at: datetime | None = None) -> Iterator[Task]:
    """The tasks of receive_submissions and build_marts, up to the published marts."""
    if settings.inbox_url:
        yield "fetch", partial(fetch, home, settings, night, looked_at=looked_at)
    for batch in batch_names(settings.batches):
        yield "receive", partial(receive, home, settings, night, batch, looked_at=looked_at)
    yield "meet", partial(meet, home, settings, night)
    for name, step in (("check", check), ("judge", judge)):
        for batch in batch_names(settings.batches):
            yield name, partial(step, home, settings, night, batch)
    yield from _from_the_lake(home, settings, night)


def _from_the_lake(home: Home, settings: Settings, night: date) -> Iterator[Task]:
    """The tasks from the judged lake to the published marts."""
    yield "gate_submissions", partial(gate, home, settings, "submissions", night)
    for layer in ("seeds", "staging_intermediate"):
        yield f"build_{layer}", partial(build, home, settings, layer, night)
    yield "gate_warehouse", partial(gate, home, settings, "warehouse", night)
    yield "build_marts", partial(build, home, settings, "marts", night)
    yield "gate_marts", partial(gate, home, settings, "marts", night)
    yield "build_quality", partial(build, home, settings, "quality", night)
    yield "publish", partial(publish, home, settings, night)


def _to_people(home: Home, settings: Settings, night: date) -> Iterator[Task]:
    """The tasks that come also when the marts do not: quality, and from its file letters, board, lineage."""
    yield _QUALITY, partial(publish_quality, home, settings, night)
    for batch in batch_names(settings.batches):
        yield "letters", partial(letters, home, settings, night, batch)
    yield "board", partial(board, home, settings, night)
    yield "lineage", partial(lineage, home, settings, night)
    if settings.inbox_url:
        yield "hand_out", partial(hand_out, home, settings, night)


def dag_of(task: str) -> str:
    """The DAG that runs a task of the night."""
    return next(dag for dag, names in TASKS.items() if task in names)


def tasks(home: Home, settings: Settings, night: date) -> Iterator[Task]:
    """All tasks of a night that goes well, in order; a step of batches comes once for each batch."""
    yield from _to_the_marts(home, settings, night)
    yield from _to_people(home, settings, night)


def run(
    home: Home, settings: Settings, night: date, say: Callable[[Result], None], looked_at: datetime | None = None
) -> None:
    """Run a whole night without a scheduler, in the order of the DAGs; `say` gets each step's result.

    For `looked_at` see `receive`.

    Whatever stops the marts (a gate, dbt, a full disk), the alert goes out, and quality, letters and the board come all
    the same; of these none waits for another, but all for quality. Raises the first error at the end; the first of the
    marts and the first of what goes to people are alerted, further ones said. An alert that a route does not take is
    said and stays due. Raises NightAhead before anything when the night lies ahead of `looked_at`.
    """
    from include.intake.ahead import refuse_unheard_ahead

    if looked_at:
        refuse_unheard_ahead(home, night, looked_at)
    failed = _first_failure(_to_the_marts(home, settings, night, looked_at), say)
    quality = None
    if failed:
        _say_undelivered(night, say, partial(alert, home, settings, night, *failed))
        if failed[0] != "build_quality":
            quality = _first_failure(iter([("build_quality", partial(build, home, settings, "quality", night))]), say)
    late = _failures_to_people(home, settings, night, say)
    if late:
        _say_undelivered(night, say, partial(alert, home, settings, night, *late[0]))
    for task, error in ([quality] if quality else []) + late[1:]:
        say(Result(task, night, notes=(f"failed too: {type(error).__name__}",)))
    first = failed or (late[0] if late else None)
    if not first:
        _say_undelivered(night, say, partial(resolve, home, settings, night))
    silent = _first_failure(iter([("heartbeat", partial(heartbeat, home, settings, night))]), say)
    if silent:
        say(Result("heartbeat", night, notes=(f"not told: {type(silent[1]).__name__}; what is due stays due",)))
    if first:
        raise first[1]


def _first_failure(due: Iterator[Task], say: Callable[[Result], None]) -> Failure | None:
    """Run tasks up to the first that fails; returns it with its error, or None when all went well."""
    return next(_failures(due, say), None)


def _failures_to_people(home: Home, settings: Settings, night: date, say: Callable[[Result], None]) -> list[Failure]:
    """Run all that goes to people, on after a failure; but nothing is written from the quality file of before."""
    failed = []
    for task, error in _failures(_to_people(home, settings, night), say):
        failed.append((task, error))
        if task == _QUALITY:
            break
    return failed


def _failures(due: Iterator[Task], say: Callable[[Result], None]) -> Iterator[Failure]:
    """Run tasks one after the other, as far as the failures are asked for."""
    for task, step in due:
        try:
            say(step())
        except Exception as error:
            yield task, error


def _say_undelivered(night: date, say: Callable[[Result], None], send: Callable[[], None]) -> None:
    from include.watch.alerts import AlertNotDelivered

    try:
        send()
    except AlertNotDelivered as error:
        say(Result("alert", night, notes=(str(error),)))
