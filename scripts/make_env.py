"""Makes .env from .env.example with fresh secrets, for its owner alone; an .env that is there is left as it is.

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


def main(folder: Path = REPOSITORY) -> int:
    """Write .env into the folder; returns the exit code: 0 made or there already."""
    path = folder / ".env"
    text = filled((REPOSITORY / ".env.example").read_text(encoding="utf-8"))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{path} is there and left as it is: PostgreSQL's data opens with its password alone")
        return 0
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"made {path} with {len(GENERATORS)} fresh secrets, mode 0600; keep a copy with the other keys")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
