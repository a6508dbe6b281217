"""Packages that are left to lie: one that is still being written, and one that a later night will take.

Taken half, a package would be refused, archived and removed; taken by an earlier night that is made up for, it would
speak of a day that this night does not know.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from include.clocks import known_at
from include.intake.manifest import file_faults, parse_manifest
from include.intake.package import MANIFEST, STILL_UPLOADED, Package, last_change

_INCOMPLETE = ("package-without-manifest", "package-unreadable")
"""Refusals that a package gets also when its last bytes have not come yet."""


def is_still_written(package: Package, looked_at: datetime, quiet: timedelta) -> bool:
    """Whether a package is incomplete and something in it changed within the quiet time around `looked_at`.

    A package is complete when its manifest is there and every file that it lists is the one it vouches for: that one
    is taken however young it is. An incomplete one that has been quiet for longer is taken too, and refused.
    `looked_at` is Asia/Shanghai without zone; a time stamp further than the quiet time ahead of it counts as quiet (a
    wrong clock, or a past night run again).
    """
    if package.path.suffix == STILL_UPLOADED:  # seen by the last look into the remote inbox
        return True
    return is_young(last_change(package.path), looked_at, quiet) and not _is_complete(package)


def is_young(changed: datetime | None, looked_at: datetime, quiet: timedelta) -> bool:
    """Whether something last changed within the quiet time around `looked_at`, or under our hands (None)."""
    return changed is None or abs(looked_at - changed) <= quiet


def belongs_to_a_later_night(package: Package, night: date, looked_at: datetime) -> bool:
    """Whether a missed night is being made up for, and the package came after its cut-off: it is the next night's.

    A night is missed when its inbox is looked into a day after its cut-off or later. Where a copy has lost the times of
    files, the last night takes everything.
    """
    if looked_at < known_at(night) + timedelta(days=1):
        return False
    changed = last_change(package.path)
    return changed is None or changed > known_at(night)


def _is_complete(package: Package) -> bool:
    if package.refusal:
        return package.refusal not in _INCOMPLETE
    manifest = parse_manifest(package.files[MANIFEST])
    return manifest is not None and not file_faults(manifest, package.files)
