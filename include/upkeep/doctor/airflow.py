"""The doctor on Airflow's own secrets, as the environment and airflow.cfg give them; imports no Airflow."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from configparser import Error as ConfigError
from configparser import RawConfigParser
from pathlib import Path

from include.home import Home
from include.keys import NOT_OWNER
from include.upkeep.doctor.finding import Finding, unsafe

SECRETS = {
    "fernet key": ("core", "fernet_key", "passwords of Airflow's connections are stored in the clear or can be read"),
    "JWT secret": ("api_auth", "jwt_secret", "whoever knows it can sign a token and run any task as any person"),
}
JWT_BYTES = 32
"""HS512 takes any length; below this a token can be guessed (RFC 7518 asks for the hash's own length)."""
KNOWN = {"airflow", "airflow_jwt_secret", "secret", "changeme", "change-me", "temporary_key"}
"""Values of examples in circulation; everybody has them."""
_OTHER_SOURCES = ("_CMD", "_SECRET")
_MAKE = {
    "fernet key": 'python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"',
    "JWT secret": 'python3 -c "import secrets; print(secrets.token_hex(32))"',
}


def secrets(environment: Mapping[str, str]) -> list[Finding]:
    """Secrets of a deployment that are missing, well known, too weak or the same; no Airflow, no finding."""
    if not any(name == "AIRFLOW_HOME" or name.startswith("AIRFLOW__") for name in environment):
        return []
    findings, seen = [], set[str]()
    for name, (section, option, why) in SECRETS.items():
        variable = f"AIRFLOW__{section}__{option}".upper()
        if any(environment.get(variable + other) for other in _OTHER_SOURCES):
            continue  # a secrets store has it; Airflow asks for it there
        value = environment.get(variable) or _from_file(environment, section, option)
        fault = _fault(name, value)
        if not fault and value in seen:
            fault = "is the same as another secret"
        seen.add(value)
        if fault:
            mend = f"set {variable} to its own value, from {_MAKE[name]}, the same for all components (.env.example)"
            findings.append(unsafe("airflow-secrets", f"Airflow's {name} {fault}", where=variable, why=why, mend=mend))
    return findings


def permissions(home: Home, environment: Mapping[str, str]) -> list[Finding]:
    """Files of secrets of the local Airflow, and an airflow.cfg that other accounts may read."""
    own = home.airflow
    folders = {own, Path(environment["AIRFLOW_HOME"])} if environment.get("AIRFLOW_HOME") else {own}
    names = ("passwords.json", "jwt.secret", "session.secret", "fernet.key", "airflow.cfg")
    paths = [folder / name for folder in sorted(folders) for name in names]
    return [
        unsafe(
            "airflow-permissions",
            f"other accounts may read it (mode {path.stat().st_mode & 0o777:o})",
            where=path,
            why="it holds secrets or passwords of Airflow",
            mend=f"chmod 600 {path}",
        )
        for path in paths
        if path.exists() and path.stat().st_mode & NOT_OWNER
    ]


def _fault(name: str, value: str) -> str | None:
    if not value:
        return "is not set"
    if value.lower() in KNOWN:
        return "is one that everybody knows"
    if name == "fernet key":
        return None if all(_is_fernet(part) for part in value.split(",")) else "is no fernet key"
    return None if len(value.encode()) >= JWT_BYTES else f"is shorter than {JWT_BYTES} bytes"


def _is_fernet(text: str) -> bool:
    """A key is 32 bytes in URL-safe base64; Airflow takes several, parted by commas, while one is rotated."""
    try:
        return len(base64.urlsafe_b64decode(text.strip())) == 32  # noqa: PLR2004  as the line above says
    except (binascii.Error, ValueError):
        return False


def _from_file(environment: Mapping[str, str], section: str, option: str) -> str:
    parser = RawConfigParser(strict=False)
    try:
        parser.read(Path(environment.get("AIRFLOW_HOME", "")) / "airflow.cfg", encoding="utf-8")
    except ConfigError:
        return ""
    return parser.get(section, option, fallback="").strip()
