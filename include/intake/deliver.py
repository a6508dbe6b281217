"""Puts packages into the inbox, as an office's upload would."""

from __future__ import annotations

import os
import shutil
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from include.clocks import TIMEZONE
from include.home import Home


def deliver(source: Path, home: Home, night: date) -> int:
    """Copy a night's packages from `source` into the inbox; returns how many were delivered.

    `source` is a generated country (it has a folder named for the night) or a folder of submitters' folders; a second
    package of a submitter lies in <submitter>+<day it speaks for>. It is left as it is: only the home's own inbox is
    emptied by receive. A package that is already there is not copied again.
    Every copy bears the first minute of the night's day: these uploads ended long before the night looks.
    """
    uploaded_at = datetime.combine(night, time(), ZoneInfo(TIMEZONE)).timestamp()
    folder = source / f"{night:%Y-%m-%d}"
    submitters = sorted(p for p in (folder if folder.is_dir() else source).iterdir() if p.is_dir())
    delivered = 0
    for submitter in submitters:
        account_name, again, day = submitter.name.partition("+")  # a second package of the night, of a past day
        account = home.inbox / account_name
        target = account / f"{night:%Y-%m-%d}{again}{day}"
        if target.exists():
            continue
        aside = account / f".{target.name}.part"
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(submitter, aside)
        for entry in (*aside.rglob("*"), aside):
            os.utime(entry, (uploaded_at, uploaded_at))
        aside.rename(target)
        delivered += 1
    return delivered
