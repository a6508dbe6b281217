"""The menu entry of the Airflow UI that opens the morning board, and the board's pages behind the UI's login.

The pages are files of the state folder. Nobody without a session of the UI gets one, and nobody gets a letter here: it
tells of households and is for its own office, in the outbox.
"""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.plugins_manager import AirflowPlugin
from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

from include.home import Home
from include.settings import Settings

pages = FastAPI(title="morning board", docs_url=None, redoc_url=None, openapi_url=None)


@pages.get("/{path:path}")
def page(path: str, user: GetUserDep) -> FileResponse:
    """One file of the board; 404 for anything else, and for a path that leads out of it."""
    board = Home(Settings().home.absolute()).board.resolve()
    file = (board.parent / path).resolve()
    if not file.is_relative_to(board):
        raise HTTPException(404, "the board alone is shown here: letters lie in outbox/<office>/<night>")
    if not file.is_file():
        raise HTTPException(404, "no such page: the board is written at the end of the night")
    return FileResponse(file, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})


class MorningBoard(AirflowPlugin):
    """Adds the entry to the menu, and the pages to the API server."""

    name = "morning_board"
    # The two silenced checks: Airflow reads plain lists of the class, and nobody adds to them.
    fastapi_apps: list[Any] = [{"app": pages, "url_prefix": "/morning", "name": "morning board"}]  # noqa: RUF012
    external_views: list[Any] = [  # noqa: RUF012
        {
            "name": "看板 Board",
            "href": "morning/board/index.html",
            "destination": "nav",
            # With a route the page opens within the UI. Without one Airflow 3.3 makes a top-level entry a button that
            # leads nowhere.
            "url_route": "board",
            "nav_top_level": True,
        }
    ]
