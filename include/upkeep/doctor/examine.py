"""All checks of the doctor, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from include.home import Home
from include.settings import Settings
from include.upkeep.doctor import airflow, keys, machine, state
from include.upkeep.doctor.finding import Finding, unsafe
from include.upkeep.doctor.remote_inbox import remote_inbox


def examine(home: Home, settings: Settings, environment: Mapping[str, str], now: datetime) -> list[Finding]:
    """Everything that is unsafe or missing; changes nothing. `now` knows its time zone.

    A check that cannot look is a finding itself.
    """
    findings: list[Finding] = []
    for name, check in _checks(home, settings, environment, now):
        try:
            findings += check()
        except OSError as error:
            findings.append(
                unsafe(
                    name,
                    "could not be looked at",
                    where=error.filename or home.root,
                    why=f"{type(error).__name__}: {error.strerror or error}",
                    mend="run the doctor as the account that runs the nights, and mend the rights of this path",
                )
            )
    return findings


def _checks(
    home: Home, settings: Settings, environment: Mapping[str, str], now: datetime
) -> list[tuple[str, Callable[[], list[Finding]]]]:
    return [
        ("key-permissions", partial(keys.permissions, home, settings)),
        ("key-secrets", partial(keys.secrets, home, settings)),
        ("key-version", partial(keys.version, home, settings)),
        ("landing-recipient", partial(keys.recipient, home)),
        ("landing-identity", partial(keys.identity_away, home)),
        ("state-permissions", partial(state.permissions, home)),
        ("published-links", partial(state.links, home)),
        ("left-overs", partial(state.left_overs, home)),
        ("last-backup", partial(state.last_backup, home, now)),
        ("alert-routes", partial(machine.alert_routes, settings)),
        ("remote-inbox", partial(remote_inbox, settings)),
        ("airflow-secrets", partial(airflow.secrets, environment)),
        ("airflow-permissions", partial(airflow.permissions, home, environment)),
        ("time-zone", machine.time_zone),
        ("clock", partial(machine.clock, home, now)),
        ("versions", partial(machine.versions, machine.LOCK, machine.installed())),
    ]
