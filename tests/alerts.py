"""What tests of alerts share: a real mail server and a real webhook on loopback, and the failure of a gate."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from include.settings import Settings

NIGHT = date(2026, 11, 21)


class Mailbox:
    """A mail server's handler that keeps what arrives; it refuses every message while `down`."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []
        self.down = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.down:
            return "451 not now"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body(("plain", "html"))
        self.mails.append((str(mail["Subject"]), body.get_content() if body else ""))
        return "250 taken"


@dataclass
class Loopback:
    """The two real receivers and settings that point at them."""

    mailbox: Mailbox
    hooks: list[dict[str, Any]]
    settings: Settings
    hook_url: str


@dataclass
class GateFailure:
    """As expectations.gate.GateFailed carries it."""

    stage: str = "marts"
    night: date = NIGHT
    failures: list[dict[str, Any]] = field(default_factory=list)


def failed_check(**changes: Any) -> dict[str, Any]:
    row = {
        "check_id": "mart-households-equal-warehouse",
        "description": "Every current household of the warehouse is in the mart",
        "success": False,
        "observed": "19998",
        "expected": "20000",
        "unexpected": 2,
        "severity": "must_fix",
        "exception": False,
        "examples": "household-missing-village 513431, 533123",
        "todo": "run `targeted night run` again after the model is mended",
    }
    return row | changes


@contextmanager
def receivers() -> Iterator[Loopback]:
    """Both receivers while the block runs."""
    mailbox, hooks = Mailbox(), []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hooks.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    mail = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    mail.start()
    mail_url = f"mailto://127.0.0.1:{mail.port}?from=night@example.org&to=lead@example.org&mode=insecure"
    hook_url = f"json://127.0.0.1:{web.server_port}/alerts"
    try:
        yield Loopback(mailbox, hooks, Settings(alert_urls=f"{mail_url} {hook_url}"), hook_url)
    finally:
        mail.stop()
        web.shutdown()
        web.server_close()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
