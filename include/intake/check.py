"""check: types the rows that were read and writes a finding for each rule a row breaks.

Reads lake/read, attempts and files of the night's batch and lake/accepted of earlier nights; writes
lake/findings_check, and lake/explained for what the office has explained. Holds and changes nothing: that is judge's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from include.duck import connect
from include.files import write_parquet
from include.home import Home
from include.intake import broken, excused, explained, holding, known, match
from include.keys import read_person_secrets
from include.result import Result
from include.rules import Rule
from include.settings import Settings

ORDER = 'attempt_id, dataset, file, "row", rule, "column", row_key, finding_id'


def check(home: Home, settings: Settings, night: date, batch: str, rules: Iterable[Rule] | None = None) -> Result:
    """Write the findings of a night's batch; the counts are of findings by severity.

    `rules`: those with SQL to judge by, for who does not know all that the others look at (include.intake.needs).
    """
    with connect(settings) as connection:
        brought = known.load(connection, home, settings, night, batch, keep=True)
        excused.load(connection, home, night, batch)
        broken.start_findings(connection)
        for number in range(1, brought.rounds + 1):
            broken.find(connection, brought, number, rules)
            if number < brought.rounds:
                # What a round leaves accepted is what its submitters' next attempts of the night are laid over.
                holding.load_findings(connection, [home.lake_file("findings_receive", night, batch)], "findings")
                holding.hold(connection, brought, number)
                holding.carry(connection, brought)
        match.silence(connection, home, night)
        explained.mark(connection, brought, read_person_secrets(home, settings))
        explained.take_up(connection, home, night, tell=rules is None)
        explained.write(connection, home, night, batch)
        write_parquet(
            connection,
            f"select * from findings order by {ORDER}",
            home.lake_file("findings_check", night, batch),
        )
        counts = connection.execute(
            "select severity, count(*) from findings group by severity order by severity"
        ).fetchall()
    return Result("check", night, batch, {str(severity): int(count) for severity, count in counts})
