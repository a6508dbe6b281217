"""What a file is by its bytes, and its characters, strictly: whatever is not certain is refused, never guessed."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePosixPath
from typing import Literal

from include.intake.package import DAMAGED, MAX_RATIO, MAX_UNPACKED_BYTES, RATIO_FROM_BYTES

FileFormat = Literal["csv", "xlsx", "xls"]

_TEXT_ENDINGS = {".csv", ".txt", ".tsv"}
_WORKBOOK_ENDINGS = {".xlsx", ".xlsm", ".xls", ".et"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_MAGIC = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"PAR1")
_MARKUP = re.compile(rb"^(\xef\xbb\xbf)?\s*<(!doctype|html|head|table|\?xml|meta)", re.IGNORECASE)

_DAMAGED_UTF8 = 0.1
"""Broken sequences per whole one: text in GB18030 breaks nearly everywhere, UTF-8 that lost a byte nearly nowhere."""
_PLAIN_TEXT = 0.9
"""Share of characters from the scripts of these files above which UTF-16 without a mark is taken for that."""
_EXPECTED = re.compile(r"[\x09\x0a\x0d\x20-\x7e\u00a0-\u00ff\u2010-\u2030\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


_THREE_BYTES = re.compile("[\u0800-\U0010ffff]")
_RUN = re.compile(rb"[\x80-\xff]{6,}")
_UTF8_RUN = re.compile(rb"(?:(?:[\xe4-\xe9][\x80-\xbf]|\xe3\x80|\xef[\xbc\xbd])[\x80-\xbf]){2,}")
"""Two or more of the characters of Chinese text in UTF-8, and nothing else between two characters of ASCII."""
_LONG_RUN = 12
"""Bytes of a run of UTF-8 characters that Chinese text in GB18030 practically never forms by chance (about 1e-11)."""
_FEW_RUNS = 3
"""Different shorter runs that it does not form either (about 1e-6 each)."""


class NotWhatItSays(ValueError):
    """The bytes are not of the kind that the name says, or of no kind that is read."""


class Undecodable(ValueError):
    """The characters cannot be told with certainty."""


def format_of(name: str, data: bytes) -> FileFormat:
    """csv, xlsx or xls by the file's bytes; raises NotWhatItSays where the name's ending says otherwise.

    An .xls that is really an .xlsx, or the reverse, is read: both are workbooks, and the bytes leave no doubt.
    """
    ending = PurePosixPath(name).suffix.lower()
    found = _format_of_bytes(data)
    if (ending in _TEXT_ENDINGS and found != "csv") or (ending in _WORKBOOK_ENDINGS and found == "csv"):
        raise NotWhatItSays(f"bytes of {found}, ending {ending}")
    return found


def decode_text(data: bytes) -> tuple[str, str]:
    """Text and the name of its encoding: utf-8, utf-8-bom, utf-16 or gb18030 (which GBK and GB2312 are parts of).

    Raises Undecodable for bytes that are none of these throughout, for UTF-8 that was damaged on its way (GB18030 would
    read it as other characters), and for NUL characters.
    """
    text, encoding = _decode(data)
    if "\0" in text:
        raise Undecodable("NUL characters")
    return text, encoding


def _decode(data: bytes) -> tuple[str, str]:
    try:
        if data.startswith(b"\xef\xbb\xbf"):
            return data[3:].decode("utf-8"), "utf-8-bom"
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16"), "utf-16"
        if b"\0" in data:
            return _utf16_without_mark(data), "utf-16"
    except UnicodeDecodeError as error:
        raise Undecodable("bytes that its own mark does not allow") from error
    try:
        return _utf8_or_gb18030(data, data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    if _is_damaged_utf8(data):
        raise Undecodable("UTF-8 with damaged characters")
    if _holds_utf8(data):
        raise Undecodable("UTF-8 within GB18030")
    try:
        return data.decode("gb18030"), "gb18030"
    except UnicodeDecodeError as error:
        raise Undecodable("neither UTF-8, UTF-16 nor GB18030") from error


def _utf8_or_gb18030(data: bytes, text: str) -> tuple[str, str]:
    """Tell the two apart where a text has few Chinese characters: the bytes of 元 in GB18030 are an Armenian letter.

    Chinese takes three bytes in UTF-8, so that a text with none of these is UTF-8 only if it is not Chinese otherwise.
    """
    if text.isascii() or _THREE_BYTES.search(text):
        return text, "utf-8"
    try:
        other = data.decode("gb18030")
    except UnicodeDecodeError:
        return text, "utf-8"
    if not all(map(_EXPECTED.match, other)):
        return text, "utf-8"
    if all(map(_EXPECTED.match, text)):
        raise Undecodable("UTF-8 and GB18030 both give a text")
    return other, "gb18030"


def _utf16_without_mark(data: bytes) -> str:
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and text and len(_EXPECTED.findall(text)) / len(text) > _PLAIN_TEXT:
            return text
    raise Undecodable("NUL bytes")


def _is_damaged_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    whole = len(text) - len(text.encode("ascii", errors="ignore")) - broken
    return broken <= _DAMAGED_UTF8 * whole


def _holds_utf8(data: bytes) -> bool:
    """True for a text in GB18030 with cells pasted into it in UTF-8, which would be read as other characters."""
    runs = set(filter(_UTF8_RUN.fullmatch, set(_RUN.findall(data))))
    return len(runs) >= _FEW_RUNS or any(len(run) >= _LONG_RUN for run in runs)


def _format_of_bytes(data: bytes) -> FileFormat:
    if data.startswith(b"PK"):
        _check_workbook(data)
        return "xlsx"
    if data.startswith(_OLE):
        return "xls"
    if data.startswith(_OTHER_MAGIC) or _MARKUP.match(data[:200]):
        raise NotWhatItSays("neither a table of text nor a workbook")
    return "csv"


def _check_workbook(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except DAMAGED as error:
        raise NotWhatItSays("a damaged workbook") from error
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise NotWhatItSays("a zip that is no workbook")
    blown = any(p.file_size > RATIO_FROM_BYTES and p.file_size > MAX_RATIO * max(p.compress_size, 1) for p in parts)
    if blown or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise NotWhatItSays("a workbook that unpacks to far too much")
