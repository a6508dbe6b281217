"""Secrets of the local Airflow: made once per home, readable by their owner alone, never printed."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

USERS = {"engineer": "admin", "monitor": "user"}
"""Named people of the local UI and their roles: the data engineer, and the monitoring lead who answers requests."""


def password_file(airflow_home: Path) -> Path:
    """JSON of user and password, in the form SimpleAuthManager reads."""
    return airflow_home / "passwords.json"


def ensure_secrets(airflow_home: Path) -> dict[str, str]:
    """Make what is missing and return the settings that carry secrets; a second call returns the same values."""
    airflow_home.mkdir(parents=True, exist_ok=True)
    _once(password_file(airflow_home), lambda: json.dumps({user: secrets.token_urlsafe(12) for user in USERS}))
    jwt = _once(airflow_home / "jwt.secret", lambda: secrets.token_urlsafe(64))
    session = _once(airflow_home / "session.secret", lambda: secrets.token_urlsafe(48))
    fernet = _once(airflow_home / "fernet.key", lambda: base64.urlsafe_b64encode(os.urandom(32)).decode())
    return {
        "AIRFLOW__API_AUTH__JWT_SECRET": jwt,
        "AIRFLOW__API__SECRET_KEY": session,
        "AIRFLOW__CORE__FERNET_KEY": fernet,
    }


def password_of(airflow_home: Path, user: str) -> str:
    """A user's password, for the demonstration's own calls."""
    passwords: dict[str, str] = json.loads(password_file(airflow_home).read_text(encoding="utf-8"))
    return passwords[user]


def _once(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(make())
    return path.read_text(encoding="utf-8")
