"""The doctor on the remote inbox: whether it can be opened as it is set, by a server whose key is known."""

from __future__ import annotations

from include.remote.files import RUNBOOK, RemoteInboxTrouble
from include.remote.object_storage import open_accounts
from include.settings import Settings
from include.upkeep.doctor.finding import Finding, unsafe


def remote_inbox(settings: Settings) -> list[Finding]:
    """An address that cannot be used, a server that does not answer or cannot prove itself, or one without accounts.

    Asks the server for the names of the accounts and for nothing else.
    """
    try:
        if remote := open_accounts(settings):
            remote.accounts()
    except RemoteInboxTrouble as error:
        return [
            unsafe(
                "remote-inbox",
                str(error),
                where="TARGETED_INBOX_URL",
                why="nobody knows what offices have sent, so the next night stops before it begins",
                mend=f"as said, and {RUNBOOK}",
            )
        ]
    return []
