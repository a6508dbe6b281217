"""Writes lineage/night=D.jsonl: the night's OpenLineage events, one a line, by the standard's own file transport."""

from __future__ import annotations

from datetime import date

from include.files import write_aside
from include.home import Home
from include.lineage.jobs import jobs
from include.result import Result
from include.settings import Settings


def write_lineage(home: Home, settings: Settings, night: date) -> Result:
    """Write the events of a night anew, as far as the night came; the counts are of events and of packages named.

    A server that takes OpenLineage gets them by `curl`, a line a request. Raises duckdb.Error when a file of the lake
    cannot be read.
    """
    from openlineage.client.transport.file import FileConfig, FileTransport

    from include.lineage.events import events

    done = jobs(home, settings, night)
    with write_aside(home.lineage_file(night)) as aside:
        aside.touch()
        transport = FileTransport(FileConfig(str(aside), append=True))
        for event in events(night, done):
            transport.emit(event)
    packages = sum(len(job.inputs) for job in done if job.name == "receive")
    return Result("lineage", night, counts={"events": len(done), "packages": packages})
