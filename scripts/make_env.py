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
_EMPTY = re.compile(r"([A-Z_]+)=\s*")

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


def lacking(text: str) -> list[str]:
    """The names of secrets that an .env of an earlier release does not have."""
    there = {line.partition("=")[0] for line in text.splitlines()}
    return [name for name in GENERATORS if name not in there]


def main(folder: Path = REPOSITORY) -> int:
    """Write .env into the folder, or add the secrets that it lacks; returns the exit code 0."""
    path = folder / ".env"
    if not path.exists():
        _replace(path, filled((REPOSITORY / ".env.example").read_text(encoding="utf-8")))
        print(f"made {path} with {len(GENERATORS)} fresh secrets, mode 0600; keep a copy with the other keys")
        return 0
    text = path.read_text(encoding="utf-8")
    if names := lacking(text):
        added = "".join(f"{name}={GENERATORS[name]()}\n" for name in names)
        _replace(path, text if not text or text.endswith("\n") else f"{text}\n", added)
        print(f"added {', '.join(names)} to {path}; what was there is left as it is")
    else:
        print(f"{path} is there and left as it is: PostgreSQL's data opens with its password alone")
    return 0


def _replace(path: Path, *texts: str) -> None:
    """Write the file aside, for its owner alone, and rename it."""
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("".join(texts))
    aside.replace(path)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
