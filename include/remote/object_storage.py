"""The remote inbox as Airflow's object storage path: its address is a setting, its secrets an Airflow connection.

Beside include.orchestration the one module that imports Airflow, and only when an address is set. Within a task Airflow
asks its own store for the connection, elsewhere the environment (AIRFLOW_CONN_<ID>). Airflow's providers are not used:
the one for SFTP checks no server's key (docs/decisions/0022-remote-inbox.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from include.remote.files import RemoteFiles, RemoteInboxMisconfigured, RemoteInboxTrouble, RemoteInboxUnreachable
from include.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk import Connection

_SECONDS_TO_CONNECT = 15
_SECONDS_OF_SILENCE = 60
_CONNECTION = re.compile(r"[A-Za-z0-9_.-]+")
_EXAMPLE = "such as sftp://offices@/srv/accounts or s3://offices@bucket/accounts"


def open_accounts(settings: Settings) -> RemoteFiles | None:
    """The offices' accounts at TARGETED_INBOX_URL; None when it is empty and the local folder is the inbox.

    Raises RemoteInboxMisconfigured and RemoteInboxUnreachable; neither tells a secret.
    """
    if not settings.inbox_url:
        return None
    try:
        return _opened(settings.inbox_url)
    except ImportError as error:
        raise RemoteInboxMisconfigured(
            f"{error.name} is not installed: pip install 'targeted-measures[centre,remote]'"
        ) from error


def _opened(url: str) -> RemoteFiles:
    scheme, netloc = urlsplit(url)[:2]
    if scheme not in ("file", *_FILE_SYSTEMS):
        raise RemoteInboxMisconfigured(f"TARGETED_INBOX_URL begins with {scheme!r}: it is an address {_EXAMPLE}")
    if scheme != "file":  # a folder of this machine, such as a mounted share, needs no connection
        conn_id, at, _ = netloc.rpartition("@")
        if not at or not _CONNECTION.fullmatch(conn_id):
            # The address is not shown: it may hold a password.
            raise RemoteInboxMisconfigured(
                f"TARGETED_INBOX_URL names no Airflow connection before its @: write it {_EXAMPLE}. "
                "User and password belong into the connection"
            )
        _attach(url, scheme, conn_id)
    from airflow.sdk import ObjectStoragePath

    return RemoteFiles(ObjectStoragePath(url))


def _attach(url: str, scheme: str, conn_id: str) -> None:
    """Tell Airflow which file system stands behind the paths of this connection."""
    from airflow.sdk.io import attach

    connection = _connection(conn_id)
    try:
        opened = _FILE_SYSTEMS[scheme](connection)
        attach(scheme, conn_id, fs=opened).fs = opened  # also where an earlier one was attached
    except (ImportError, RemoteInboxTrouble):
        raise
    except Exception as error:
        raise RemoteInboxUnreachable(url, error) from error


def _connection(conn_id: str) -> Connection:
    from airflow.sdk import Connection

    try:
        connection: Connection = Connection.get(conn_id)
        return connection
    except Exception as error:
        raise RemoteInboxMisconfigured(
            f"the Airflow connection {conn_id!r} of TARGETED_INBOX_URL cannot be had ({type(error).__name__}): set "
            f"AIRFLOW_CONN_{conn_id.upper()} (docs/deployment.md), or within Airflow: airflow connections add {conn_id}"
        ) from None


def _sftp(connection: Connection) -> Any:
    """SFTP by asyncssh; the server proves itself by a key that is known, or nothing is said to it."""
    import asyncssh

    from include.remote.sftp_file_system import SftpFileSystem

    asyncssh.set_log_level("WARNING")  # below that it tells the names of files
    extra = connection.extra_dejson
    if str(extra.get("no_host_key_check", "")).lower() == "true" or str(extra.get("known_hosts", "")).lower() == "none":
        raise RemoteInboxMisconfigured(
            f"the connection {connection.conn_id!r} switches the check of the server's key off: take no_host_key_check "
            "out of it, and put the key into host_key"
        )
    phrase = extra.get("private_key_passphrase")
    signed_in: dict[str, Any] = {"password": connection.password or None, "client_keys": None}
    if extra.get("private_key"):
        signed_in = {"client_keys": [asyncssh.import_private_key(extra["private_key"], phrase)]}
    elif extra.get("key_file"):
        signed_in = {"client_keys": [extra["key_file"]], "passphrase": phrase}
    return SftpFileSystem(
        connection.host or "",
        port=connection.port or 22,
        username=connection.login,
        known_hosts=_known_hosts(extra, str(connection.conn_id)),
        connect_timeout=_SECONDS_TO_CONNECT,
        login_timeout=_SECONDS_TO_CONNECT,
        keepalive_interval=_SECONDS_OF_SILENCE // 4,
        config=None,
        agent_path=None,
        sftp_client_kwargs={"path_errors": "surrogateescape"},  # names in a Chinese code page, as on our own disk
        skip_instance_cache=True,
        **signed_in,
    )


def _known_hosts(extra: dict[str, Any], conn_id: str) -> Any:
    """The server's keys of the connection, its file of them, or the account's own known_hosts; never any key."""
    if not extra.get("host_key"):
        return extra.get("known_hosts") or ()
    import asyncssh

    try:
        keys = [asyncssh.import_public_key(line) for line in str(extra["host_key"]).splitlines() if line.strip()]
    except asyncssh.KeyImportError as error:
        raise RemoteInboxMisconfigured(
            f"host_key of the connection {conn_id!r} is no public key: write it as `ssh-keyscan` prints it, "
            "without the server's name, such as: ssh-ed25519 AAAA..."
        ) from error
    return keys, [], []


def _s3(connection: Connection) -> Any:
    """S3 and what speaks it; of checksums only what the older of them know."""
    from s3fs import S3FileSystem

    extra = connection.extra_dejson
    endpoint = extra.get("endpoint_url")
    if (
        endpoint
        and urlsplit(endpoint).scheme != "https"
        and urlsplit(endpoint).hostname not in ("127.0.0.1", "localhost")
    ):
        raise RemoteInboxMisconfigured(
            f"endpoint_url of the connection {connection.conn_id!r} is not https: packages hold resident numbers, and "
            "would cross the network for all to read"
        )
    if extra.get("verify") is False:
        raise RemoteInboxMisconfigured(
            f"the connection {connection.conn_id!r} switches the check of the server's certificate off: give "
            "`verify` the file of the authority's certificate instead"
        )
    client = {"region_name": extra.get("region_name"), "verify": extra.get("verify")}
    return S3FileSystem(
        key=connection.login or None,
        secret=connection.password or None,
        token=extra.get("aws_session_token"),
        endpoint_url=endpoint,
        client_kwargs={name: value for name, value in client.items() if value},
        config_kwargs={
            "connect_timeout": _SECONDS_TO_CONNECT,
            "read_timeout": _SECONDS_OF_SILENCE,
            "retries": {"max_attempts": 3, "mode": "standard"},
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        },
        use_listings_cache=False,
        skip_instance_cache=True,
    )


_FILE_SYSTEMS: dict[str, Callable[[Connection], Any]] = {"sftp": _sftp, "s3": _s3}
