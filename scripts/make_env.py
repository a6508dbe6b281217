"""Makes .env from .env.example with fresh secrets, for its owner alone; to one that is there what it lacks is added.

Needs nothing but Python, so that it runs on a host where only the containers are installed.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
_EMPTY = re.compile(r"""([A-Z_]+)=\s*(?:""|'')?\s*""")
_OF_DATA = "POSTGRES_PASSWORD"
"""Goes with data: those that were made with another one do not open with a fresh one."""

GENERATORS: Mapping[str, Callable[[], str]] = {
    # All URL-safe: PostgreSQL's and Redis' stand in connection addresses.
    "POSTGRES_PASSWORD": lambda: secrets.token_urlsafe(24),
    "REDIS_PASSWORD": lambda: secrets.token_urlsafe(24),
    "AIRFLOW_JWT_SECRET": lambda: secrets.token_urlsafe(64),
    "AIRFLOW_SESSION_SECRET": lambda: secrets.token_urlsafe(48),
    "AIRFLOW_FERNET_KEY": lambda: base64.urlsafe_b64encode(os.urandom(32)).decode(),
    "ENGINEER_PASSWORD": lambda: secrets.token_urlsafe(18),
    "MONITOR_PASSWORD": lambda: secrets.token_urlsafe(18),
}


def filled(template: str) -> str:
    """The template with a fresh secret behind each empty `NAME=`; raises KeyError for a name nobody makes."""
    lines = []
    for line in template.splitlines():
        found = _EMPTY.fullmatch(line)
        lines.append(f"{found[1]}={GENERATORS[found[1]]()}" if found else line)
    return "\n".join(lines) + "\n"


def completed(text: str) -> tuple[str, list[str], list[str]]:
    """An .env with a fresh secret for each that it lacks or leaves empty, and the names of those and of one left empty.

    An empty one is filled where it stands, one that is not there (of an earlier release) is added at the end. Where
    other secrets are there, PostgreSQL may have data, and its password was emptied by a person: it stays empty.
    """
    lines = text.splitlines()
    values = {line.partition("=")[0]: line for line in lines}  # of a name that stands twice the last one counts
    has = {name for name in GENERATORS if name in values and not _EMPTY.fullmatch(values[name])}
    left = [_OF_DATA] if has and _OF_DATA in values and _OF_DATA not in has else []
    fresh = {name: make() for name, make in GENERATORS.items() if name not in has and name not in left}
    for number, line in enumerate(lines):
        if (found := _EMPTY.fullmatch(line)) and found[1] in fresh:
            lines[number] = f"{found[1]}={fresh[found[1]]}"
    lines += [f"{name}={secret}" for name, secret in fresh.items() if name not in values]
    return ("\n".join(lines) + "\n" if fresh else text), list(fresh), left


def main(folder: Path = REPOSITORY) -> int:
    """Write .env into the folder, or give it the secrets that it lacks; returns 1 when one stays empty, else 0."""
    path = folder / ".env"
    if not path.exists():
        _replace(path, filled((REPOSITORY / ".env.example").read_text(encoding="utf-8")))
        print(f"made {path} with {len(GENERATORS)} fresh secrets, mode 0600; keep a copy with the other keys")
        return 0
    text, names, left = completed(path.read_text(encoding="utf-8"))
    if names:
        _replace(path, text)
        print(f"added {', '.join(names)} to {path}; what was there is left as it is")
    for name in left:
        print(
            f"{name} in {path} is empty and left so: PostgreSQL's data opens with its own password alone; write it "
            "back, or, where there are no data yet, remove the line and run this again",
            file=sys.stderr,
        )
    if not names and not left:
        print(f"{path} is there and left as it is: PostgreSQL's data opens with its password alone")
    return 1 if left else 0


def _replace(path: Path, text: str) -> None:
    """Write the file aside, for its owner alone, and rename it."""
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    aside.replace(path)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
