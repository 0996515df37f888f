"""Files, and files within zip files, which are read without being unpacked to a folder."""

import zipfile
import zlib
from dataclasses import dataclass
from errno import EINVAL
from gzip import BadGzipFile
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, TypeAlias, cast

from streams.importers.record import UnusableInput

BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, BadGzipFile)
"""What something packed raises that cannot be unpacked."""
LOCKED: Final = (NotImplementedError, RuntimeError)
"""What a part of a zip file raises that is packed in an unknown way, or locked by a password."""
MOST_MEMBERS: Final = 1_000
_ENCRYPTED: Final = 0x1
_NOT_MEANT: Final = ("__MACOSX/", ".")


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A file in a zip file: its place there, and its name in the encoding of Chinese systems."""

    archive: Path
    place: int
    member: str
    size: int

    @property
    def name(self) -> str:
        return PurePosixPath(self.member).name

    def __str__(self) -> str:
        return f"{self.archive}/{self.member}"

    def open_bytes(self) -> BinaryIO:
        packed = open_zip(self.archive)
        return cast(BinaryIO, packed.open(packed.infolist()[self.place]))


InputFile: TypeAlias = Path | ZipMember


def members(file: Path) -> list[ZipMember]:
    """The files in a zip file, in the order in which it has them; raises :class:`UnusableInput`."""
    try:
        with _opened(file) as packed:
            found = [
                ZipMember(file, place, each.filename, each.file_size)
                for place, each in enumerate(packed.infolist())
                if not each.is_dir() and not _is_hidden(each.filename)
            ]
            locked = any(each.flag_bits & _ENCRYPTED for each in packed.infolist())
    except zipfile.BadZipFile as error:
        raise UnusableInput(f"{file}: not readable as a zip file") from error
    if locked:
        raise UnusableInput(f"{file}: the zip file is locked by a password; unpack it first")
    if not 0 < len(found) <= MOST_MEMBERS:
        raise UnusableInput(f"{file}: a zip file holds 1 to {MOST_MEMBERS:,} files; this one has {len(found):,}")
    return found


def open_zip(file: Path | BinaryIO, metadata_encoding: str | None = None) -> zipfile.ZipFile:
    """Raises BadZipFile, also where a broken list of files points to nowhere."""
    try:
        packed = zipfile.ZipFile(file, metadata_encoding=metadata_encoding)
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise zipfile.BadZipFile from error
    except OSError as error:
        if error.errno != EINVAL:
            raise
        raise zipfile.BadZipFile from error
    if any(each.header_offset < 0 for each in packed.infolist()):
        packed.close()
        raise zipfile.BadZipFile
    return packed


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        return open_zip(file, "gb18030")
    except UnicodeDecodeError:
        return open_zip(file)


def _is_hidden(member: str) -> bool:
    return member.startswith(_NOT_MEANT[0]) or PurePosixPath(member).name.startswith(_NOT_MEANT[1])
