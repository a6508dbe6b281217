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


class PasswordMissing(Exception):
    """A user of the UI has no password in the environment."""


def password_variable(user: str) -> str:
    """The environment variable, and the line of .env, that holds a user's password."""
    return f"{user.upper()}_PASSWORD"


def passwords(environment: Mapping[str, str]) -> dict[str, str]:
    """Password by user; raises PasswordMissing, which names the variable."""
    missing = [password_variable(user) for user in USERS if not environment.get(password_variable(user))]
    if missing:
        raise PasswordMissing(f"{', '.join(missing)} not set: make .env with `make env`, or add the line to it")
    return {user: environment[password_variable(user)] for user in USERS}


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
