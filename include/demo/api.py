"""The few calls of Airflow's REST API that the demonstration needs, over loopback and past any proxy."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

PAUSES = (1.0, 3.0, 9.0)
"""Seconds between the tries of a question that was not answered."""
SERVER_ERROR = 500


class ApiError(Exception):
    """The API answered with an error, or not at all: says method, path, status and the start of the answer."""

    def __init__(self, text: str, passing: bool) -> None:
        super().__init__(text)
        self.passing = passing
        """Whether asking again may help."""


class Api:
    """Calls one Airflow as one user; `health` needs no user."""

    def __init__(self, base_url: str, user: str, password: str) -> None:
        self.base_url = base_url
        self._credentials = {"username": user, "password": password}
        self._token: str | None = None
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def health(self) -> dict[str, Any]:
        """State of metadatabase, scheduler, triggerer and dag_processor."""
        return self._call("GET", "/api/v2/monitor/health")

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """GET /api/v2<path>; asked again when a busy machine does not answer in time or its SQLite is locked."""
        suffix = "?" + urllib.parse.urlencode(query) if query else ""
        for wait in PAUSES:
            try:
                return self._authorised("GET", f"/api/v2{path}{suffix}")
            except ApiError as error:
                if not error.passing:
                    raise
                time.sleep(wait)
        return self._authorised("GET", f"/api/v2{path}{suffix}")

    def send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST or PATCH /api/v2<path> with a JSON body."""
        return self._authorised(method, f"/api/v2{path}", body)

    def _authorised(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if self._token is None:
            self._token = str(self._call("POST", "/auth/token", self._credentials)["access_token"])
        return self._call(method, path, body, {"Authorization": f"Bearer {self._token}"})

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - our own Airflow on loopback
            self.base_url + path,
            data=data,
            method=method,
            headers={"Accept": "application/json", "Content-Type": "application/json", **(headers or {})},
        )
        try:
            with self._opener.open(request, timeout=60) as answer:
                content: dict[str, Any] = json.loads(answer.read() or b"{}")
                return content
        except urllib.error.HTTPError as error:
            text = error.read()[:400].decode(errors="replace")
            raise ApiError(f"{method} {path}: {error.code} {text}", error.code >= SERVER_ERROR) from None
        except OSError as error:
            raise ApiError(f"{method} {path}: {error}", passing=True) from None
