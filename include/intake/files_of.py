"""The files of one package, decoded and with their headers matched, or refused one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from include.contract import Contract, contract
from include.intake.cells import UNIT, resolved, without_marks
from include.intake.decode import FileFormat, NotWhatItSays, Undecodable, format_of
from include.intake.headers import Header, find_header, header_score, required_but_missing
from include.intake.manifest import Manifest, ManifestFile, file_faults, refusal_of_dataset
from include.intake.package import MANIFEST
from include.intake.shown import shown, shown_once
from include.intake.tables import WHITE, MoreThanOneSheet, Table, read_table
from include.intake.workbook import StrayCells

_MOST_TOLD = 20
"""Unlisted files told one by one."""


_REFUSALS: dict[type[Exception], str] = {
    NotWhatItSays: "file-not-what-it-says",
    Undecodable: "file-undecodable",
    StrayCells: "file-stray-cells",
    MoreThanOneSheet: "file-more-than-one-sheet",
}


@dataclass(frozen=True)
class Fault:
    """A rule that the package, one of its files or a column breaks."""

    rule: str
    dataset: str | None = None
    file: str | None = None
    column: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Prepared:
    """A file ready to be read into rows, or refused. Without header and refusal it is empty, and was declared so."""

    dataset: str
    file: str
    size: int
    sha256: str
    declared_rows: int
    format: FileFormat | None = None
    encoding: str | None = None
    text: str = ""
    head_lines: tuple[str, ...] = ()
    """The lines above the data that say something."""
    header_line: str = ""
    hidden_sheets: int = 0
    other_sheets: int = 0
    header: Header | None = None
    refusal: str | None = None
    detail: str | None = None


def prepare(
    manifest: Manifest, files: dict[str, bytes], submitter_kind: str
) -> tuple[list[Prepared], list[Fault], str | None]:
    """The listed files, every fault found in them, and the rule that refuses the whole attempt, if one does.

    A file that is missing, is another than the manifest vouches for, or is empty where rows were declared refuses the
    attempt: what is left would tear households apart. Every other fault refuses its file alone.
    """
    used: set[str] = set()
    names = {listed.name: shown_once(listed.name, used) for listed in manifest.files}
    lies = [Fault(rule, shown(listed.dataset), names[listed.name]) for rule, listed in file_faults(manifest, files)]
    if lies:
        return [], lies, lies[0].rule
    prepared = [
        _prepare(listed, names[listed.name], files[listed.name], submitter_kind, manifest.contract_version)
        for listed in manifest.files
    ]
    faults = [fault for one in prepared for fault in _faults_of(one)]
    unlisted = sorted(set(files) - set(names) - {MANIFEST})
    faults += [Fault("file-not-in-manifest", file=shown(name)) for name in unlisted[:_MOST_TOLD]]
    empty = any(one.refusal == "file-empty" for one in prepared)
    return prepared, faults, "file-empty" if empty else None


def _prepare(listed: ManifestFile, name: str, data: bytes, submitter_kind: str, version: str) -> Prepared:
    one = Prepared(shown(listed.dataset), name, len(data), listed.sha256, listed.rows)
    refusal = refusal_of_dataset(listed.dataset, submitter_kind)
    if refusal:
        return replace(one, refusal=refusal)
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        return replace(one, refusal="file-empty" if listed.rows else None)
    try:
        return _decoded(one, contract(listed.dataset), listed, data, version)
    except tuple(_REFUSALS) as error:
        return replace(one, refusal=_REFUSALS[type(error)], detail=str(error))


def _decoded(one: Prepared, of: Contract, listed: ManifestFile, data: bytes, version: str) -> Prepared:
    file_format = format_of(listed.name, data)
    table = read_table(data, file_format, lambda head: header_score(head, of, version))
    read = replace(
        one,
        format=file_format,
        encoding=table.encoding,
        hidden_sheets=table.hidden_sheets,
        other_sheets=table.other_sheets,
    )
    header = find_header(table.head, of, version)
    if header is None:
        return replace(read, refusal="file-without-key-column", detail="no header row")
    lacking = [name for name in of.key if name in header.missing]
    if lacking:
        return replace(read, header=header, refusal="file-without-key-column", detail="without " + ", ".join(lacking))
    if header.twice:
        return replace(read, header=header, refusal="file-column-twice", detail=", ".join(header.twice))
    if listed.rows and not _has_rows(table, header):
        return replace(read, header=header, refusal="file-empty", detail="a header alone")
    above = [without_marks(line) for line in table.lines(header.first_data_row)[: header.first_data_row - 1]]
    return replace(
        read,
        header=header,
        text=resolved(table.text, header, of),
        head_lines=tuple(line for line in above if line.strip(f"{UNIT} ")),
        header_line=above[header.row - header.rows],
    )


def _has_rows(table: Table, header: Header) -> bool:
    parts = without_marks(table.text).split("\n", header.first_data_row - 1)
    return len(parts) >= header.first_data_row and bool(parts[-1].strip(f"{UNIT}{WHITE} \n"))


def _faults_of(one: Prepared) -> list[Fault]:
    if one.refusal:
        return [Fault(one.refusal, one.dataset, one.file, detail=one.detail)]
    if one.header is None:
        return []
    told = [("column-forbidden", kind) for kind in one.header.forbidden]
    told += [("column-unknown", name) for name in one.header.unknown]
    told += [("column-missing", name) for name in required_but_missing(one.header, contract(one.dataset))]
    faults = [Fault(rule, one.dataset, one.file, column) for rule, column in told]
    return faults + [
        Fault("column-converted", one.dataset, one.file, converted.column, f"{converted.unit} x {converted.factor}")
        for converted in one.header.converted
    ]
