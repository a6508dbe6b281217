"""Packages: finding them in an account, reading a folder or a zip into memory once, and refusing what is unsafe.

Nothing is unpacked to disk. Every later step works on the bytes read here, so that a package which changes while it is
being read is archived and read as one and the same thing.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from include.clocks import local_time

MANIFEST = "manifest.json"

MAX_FILE_BYTES = 1 << 30
"""Of one file as it lies in the inbox: the largest county's whole state is some 50 MB, and it is read in memory."""
MAX_UNPACKED_BYTES = 2 << 30
"""Of all files of a package together: what one of several parallel batches may hold in memory."""
MAX_FILES = 1000
"""Twenty datasets, each cut into townships, stay far below."""
MAX_RATIO = 200
"""Unpacked to packed: tables shrink 5 to 50 times; deflate's limit, which bombs use, is about 1000."""
RATIO_FROM_BYTES = 1 << 20
"""Below this a high ratio harms nobody (a file of blanks)."""

STILL_UPLOADED = ".remote-still-uploaded"
TOO_LARGE = ".remote-too-large"
UNSAFE = ".remote-unsafe"
UNREADABLE = ".remote-unreadable"
STAND_INS = {
    STILL_UPLOADED: "package-unreadable",
    TOO_LARGE: "package-too-large",
    UNSAFE: "package-unsafe",
    UNREADABLE: "package-unreadable",
}
"""Ends of the names of empty files that stand for what was left in the remote inbox (include.intake.remote_inbox), and
the rule that is told of it."""

CHECK_PAGE = "-check.html"
"""End of the name of the page that `targeted check` writes beside a package: it is none itself."""

_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload")
_JUNK = {".ds_store", "thumbs.db", "desktop.ini"}
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
"""A link is never followed, where the system can say so; Windows would turn line ends without its own flag."""
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Package:
    """A package as read: its files by name, and the rule that refuses it, if one does."""

    name: str
    path: Path
    files: dict[str, bytes]
    raw: bytes | None
    """The file's own bytes, for a package that came as one (a zip, or what was meant for one)."""
    sha256: str
    """Over the sorted (file name, file sha256) pairs: the same for a folder and a zip of the same content."""
    size: int
    """Bytes of all files together."""
    refusal: str | None = None
    taken: bool = True
    """False for a package that could not be read into memory: it is neither archived nor deleted."""

    def archive(self) -> bytes:
        """The zip for the landing: the sender's own, or for a folder one made of its files in order of name."""
        return make_zip(self.files) if self.raw is None else self.raw

    def without_bytes(self) -> Package:
        """The same for the ledger, once its bytes are archived and decoded: a batch holds many packages."""
        return replace(self, files={}, raw=None)


DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, NotImplementedError, ValueError, OSError,
    OverflowError, IndexError, struct.error,
)  # fmt: skip
"""What Python's zip reader raises for one damaged file or another (RuntimeError: a password)."""


class _Unsafe(Exception):
    """Something that no honest package holds."""


class _TooLarge(Exception):
    """More bytes than may be read into memory."""


def find_packages(account: Path) -> list[Path]:
    """What lies in an account, the one that changed last at the end; of two of the same time in order of name.

    Hidden files, unfinished uploads (.part, .tmp) and the pages of a check are left alone. A name says little of which
    is the later package: `报送-更正.zip` sorts before `报送.zip`, and p10 before p9.
    """
    return sorted((entry for entry in account.iterdir() if is_package_name(entry.name)), key=_turn)


def _turn(entry: Path) -> tuple[bool, datetime, str]:
    changed = last_change(entry)
    return changed is None, changed or local_time(0), entry.name


def last_change(path: Path) -> datetime | None:
    """When anything in a package last changed, Asia/Shanghai; None when it changes under our hands."""
    try:
        inside = [path, *path.rglob("*")] if path.is_dir() and not path.is_symlink() else [path]
        return local_time(max(entry.lstat().st_mtime for entry in inside))
    except (FileNotFoundError, PermissionError):
        return None


def is_package_name(name: str) -> bool:
    """Whether a name in an account is a package's, and neither hidden nor of an unfinished upload or a check's page."""
    ends = (*_UNFINISHED, CHECK_PAGE)
    return not name.startswith((".", "~$")) and name.lower() not in _JUNK and not name.lower().endswith(ends)


def is_safe_name(name: str) -> bool:
    """Whether a name, with "/" between folders, stays inside the package."""
    try:
        return bool(_safe_name(name))
    except _Unsafe:
        return False


def open_package(path: Path) -> Package:
    """Read a package into memory. A fault of the package is in `refusal`; raises OSError when the disk itself fails."""
    try:
        if path.suffix in STAND_INS and path.is_file() and not path.stat().st_size:
            return _untaken(path.with_suffix(""), STAND_INS[path.suffix], path)
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            return _refused(path, {}, "package-unsafe")
        return _open_folder(path) if path.is_dir() else _open_file(path)
    except _TooLarge:
        return _untaken(path, "package-too-large")
    except (PermissionError, FileNotFoundError):
        # One office's file without the right to read it, or gone under our hands, must not end everybody's night.
        return _untaken(path, "package-unreadable")


def read_zip(data: bytes) -> dict[str, bytes]:
    """The files of a zip by name, within the limits above. Raises zipfile.BadZipFile and its kin for a damaged one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [info for info in archive.infolist() if not info.is_dir() and not _is_junk(info.filename)]
        if len(members) > MAX_FILES or sum(info.file_size for info in members) > MAX_UNPACKED_BYTES:
            raise _Unsafe
        files: dict[str, bytes] = {}
        for info in members:
            name = _safe_name(_zip_name(info))
            mode = info.external_attr >> 16
            if stat.S_ISLNK(mode) or name in files:
                raise _Unsafe
            if info.file_size > RATIO_FROM_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1):
                raise _Unsafe
            with archive.open(info) as member:
                files[name] = member.read(info.file_size + 1)
            if len(files[name]) != info.file_size:
                raise zipfile.BadZipFile(info.filename)
    return _from_root(files)


def make_zip(files: dict[str, bytes]) -> bytes:
    """One zip of the files in order of name, without times: the same files give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), files[name], zipfile.ZIP_DEFLATED, 1)
    return target.getvalue()


def content_sha256(files: dict[str, bytes]) -> str:
    """SHA-256 over the sorted (name, sha256 of the file) pairs."""
    pairs = (f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n" for name in sorted(files))
    return hashlib.sha256("".join(pairs).encode()).hexdigest()


def size_on_disk(path: Path) -> int:
    """Bytes of a file, or of all files below a folder, links left out; 0 when it changes under our hands."""
    inside = path.rglob("*") if path.is_dir() else iter((path,))
    try:
        return sum(file.lstat().st_size for file in inside if not file.is_symlink() and file.is_file())
    except OSError:
        return 0


def _open_file(path: Path) -> Package:
    data = _read_file(path, MAX_FILE_BYTES)
    if path.suffix.lower() != ".zip":
        return _refused(path, {_disk_name(path.name): data}, "package-without-manifest")
    try:
        return _opened(path, read_zip(data), data)
    except _Unsafe:
        return _raw(path, data, "package-unsafe")
    except DAMAGED:
        return _raw(path, data, "package-unreadable")


def _open_folder(path: Path) -> Package:
    files: dict[str, bytes] = {}
    unsafe = False
    room = MAX_UNPACKED_BYTES
    for folder, folders, names in os.walk(path):
        folders.sort()
        unsafe = unsafe or any((Path(folder) / inner).is_symlink() for inner in folders)
        for name in sorted(names):
            file = Path(folder) / name
            inside = _disk_name(file.relative_to(path).as_posix())
            if _is_junk(inside):
                continue
            if file.is_symlink() or not file.is_file() or inside in files:
                unsafe = True
                continue
            if len(files) >= MAX_FILES:
                raise _TooLarge
            files[inside] = _read_file(file, min(room, MAX_FILE_BYTES))
            room -= len(files[inside])
    files = _from_root(files)
    return _refused(path, files, "package-unsafe") if unsafe else _opened(path, files, None)


def _opened(path: Path, files: dict[str, bytes], raw: bytes | None) -> Package:
    size = sum(map(len, files.values()))
    refusal = None if MANIFEST in files else "package-without-manifest"
    name = _disk_name(path.name)
    return Package(name, path, files, raw, content_sha256(files), size, refusal)


def _refused(path: Path, files: dict[str, bytes], rule: str) -> Package:
    size = sum(map(len, files.values()))
    return Package(_disk_name(path.name), path, files, None, content_sha256(files), size, rule)


def _untaken(path: Path, rule: str, stand_in: Path | None = None) -> Package:
    name, size = _disk_name(path.name), size_on_disk(path)
    told_by = hashlib.sha256(f"{name}\0{size}".encode()).hexdigest()
    return Package(name, stand_in or path, {}, None, told_by, size, rule, taken=False)


def _raw(path: Path, data: bytes, rule: str) -> Package:
    # The archive keeps exactly what came, even when it is not a zip at all.
    return Package(_disk_name(path.name), path, {}, data, hashlib.sha256(data).hexdigest(), len(data), rule)


def _from_root(files: dict[str, bytes]) -> dict[str, bytes]:
    """Names relative to the folder that holds the manifest: the top, or the one folder that holds everything."""
    named = {_manifest_name(name): data for name, data in files.items()}
    tops = {name.split("/", 1)[0] for name in named}
    if MANIFEST in named or len(tops) != 1 or any("/" not in name for name in named):
        return named
    return {_manifest_name(name.split("/", 1)[1]): data for name, data in named.items()}


def _manifest_name(name: str) -> str:
    return MANIFEST if name.lower() == MANIFEST else name


def _read_file(path: Path, most: int) -> bytes:
    descriptor = os.open(path, _OPEN)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise _TooLarge
    return data


def _disk_name(name: str) -> str:
    """A name from the disk as text: one written in a Chinese code page is read as such."""
    return unicodedata.normalize("NFC", _decode_name(os.fsencode(name)))


def _decode_name(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", errors="backslashreplace")


def _safe_name(name: str) -> str:
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts) or ":" in parts[0]:
        raise _Unsafe
    return "/".join(parts)


def _zip_name(info: zipfile.ZipInfo) -> str:
    # Chinese Windows writes names in its own code page without the UTF-8 flag; zipfile shows them as cp437.
    if info.flag_bits & 0x800:
        return info.filename
    return _decode_name(info.filename.encode("cp437", errors="replace"))


def _is_junk(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return parts[0] == "__MACOSX" or parts[-1].lower() in _JUNK or parts[-1].startswith(("~$", "._"))
