"""Writes the UI's users and passwords, given in the environment, into the file that Airflow reads.

The `migrate` service of docker-compose.yml runs it before Airflow starts: Airflow would make, and print, its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from include.demo.secrets import USERS
from include.files import write_aside

FILE = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
"""The environment variable that names the file, as Airflow reads it."""
NAMED = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"
"""The environment variable with the users and their roles, as Airflow reads it: name:role, with commas between."""
MORE = "AIRFLOW_USER_PASSWORDS"
"""The environment variable, and the line of .env, with the passwords of other users: name:password, with commas."""


class PasswordMissing(Exception):
    """A user of the UI has no password in the environment."""


def password_variable(user: str) -> str:
    """The environment variable, and the line of .env, that holds a user's password."""
    return f"{user.upper()}_PASSWORD"


def passwords(environment: Mapping[str, str]) -> dict[str, str]:
    """Password of each named user; raises PasswordMissing, which names who has none and where it is looked for."""
    more = _pairs(environment.get(MORE, ""))
    found = {
        user: environment.get(password_variable(user)) if user in USERS else more.get(user)
        for user in _pairs(environment[NAMED])
    }
    wanted = {user: password_variable(user) if user in USERS else f"{user} in {MORE}" for user in found}
    if missing := [wanted[user] for user, password in found.items() if not password]:
        raise PasswordMissing(f"{', '.join(missing)} not set: make .env with `make env`, or add the line to it")
    return {user: password for user, password in found.items() if password}


def _pairs(text: str) -> dict[str, str]:
    parts = (pair.partition(":") for pair in text.split(",") if pair.strip())
    return {name.strip(): value.strip() for name, _, value in parts}


def write_passwords(path: Path, by_user: Mapping[str, str]) -> None:
    """Write the file anew, for its owner alone."""
    with write_aside(path) as aside:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(by_user, file)


def main() -> int:
    """Write the file that Airflow is told of; returns the exit code."""
    try:
        write_passwords(Path(os.environ[FILE]), passwords(os.environ))
    except PasswordMissing as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
