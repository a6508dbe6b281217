"""What a server tells of the packages and files that offices put there (include.remote.files)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class RemoteFile:
    """One file of a package as the server lists it."""

    name: str
    """Within its package, with "/" between folders; of a package that is one file, its name."""
    path: str
    size: int
    changed: float | None
    """Seconds since 1970 by the server's clock."""
    tag: str
    """What a store of objects says of the content; empty elsewhere."""
    plain: bool
    """False for what is not to be read: a link, a device, a folder too deep to look into."""

    @property
    def version(self) -> list[Any]:
        """The same as long as nobody has written the file anew."""
        return [self.name, self.size, self.changed, self.tag]


@dataclass(frozen=True)
class RemotePackage:
    """What lies in an account's inbox under one name."""

    name: str
    path: str
    folder: bool
    changed: float | None
    """Of the folder itself, or of the one file."""
    files: tuple[RemoteFile, ...]

    @property
    def last_change(self) -> float | None:
        """When anything of it last changed, in seconds since 1970; None when the server tells no times."""
        return max(
            (time for time in (self.changed, *(f.changed for f in self.files)) if time is not None), default=None
        )

    @property
    def version(self) -> list[list[Any]]:
        """The same as long as nothing of it was written anew, added or removed."""
        return sorted(file.version for file in self.files)

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


def is_folder(entry: dict[str, Any]) -> bool:
    """Whether an entry of a listing is a folder itself, and no link to one."""
    return entry["type"] == "directory" and not entry.get("islink")


def remote_file(name: str, path: str, entry: dict[str, Any]) -> RemoteFile:
    """A file from its entry in a listing."""
    # s3fs reads and removes what stands before the mark, which is another object.
    plain = entry["type"] == "file" and not entry.get("islink") and "?versionId=" not in path
    return RemoteFile(name, path, int(entry.get("size") or 0), last_change(entry), str(entry.get("ETag") or ""), plain)


def last_change(entry: dict[str, Any]) -> float | None:
    """When the server says that something last changed, in seconds since 1970; stores of objects know no folders."""
    time = entry.get("LastModified") or entry.get("mtime")
    return time.timestamp() if isinstance(time, datetime) else time
