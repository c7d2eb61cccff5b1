"""Files as documents, or for the server to read: those of a folder, or a single one."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.importing import texts
from local.importing.folder_scan import FolderScan, unreadable
from local.importing.items import ITEM_MAX_BYTES, Item, Upload, shown
from shared.adapters.extraction.kinds import HEAD_BYTES, Kind
from shared.domain.documents.document import SOURCE
from shared.domain.documents.validation import ID_MAX_CHARACTERS

EMPTY = "empty files"


@dataclass(frozen=True, slots=True)
class SourceName:
    """What documents record as their source, and what goes in front of their ids."""

    name: str
    prefix: str = ""

    @classmethod
    def of(cls, folder: Path, chosen: str | None) -> "SourceName":
        """Return the name that the user chose, or one that only this folder has."""
        if chosen is not None:
            return cls(chosen, f"{chosen}/")
        digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
        return cls(f"{shown(folder.resolve().name) or 'root'}-{digest}")


class TextFiles:
    """Files below a folder. Positions count files."""

    keeps_other_sources = True

    def __init__(
        self,
        folder: Path,
        files: list[tuple[str, str | None]],
        skipped: Mapping[str, Sequence[str]],
        chosen_name: str | None,
    ) -> None:
        self._folder = folder
        self._files = files
        self._source = SourceName.of(folder, chosen_name)
        self.skipped = skipped

    @property
    def size(self) -> int:
        """The number of files."""
        return len(self._files)

    @property
    def state(self) -> str:
        """A hash of the file names. The API recognises the files that did not change."""
        names = "\0".join(name for name, _ in self._files)
        return hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()

    def items(self, start: int) -> Iterator[Item]:
        """Yield a document for each file."""
        for end, (name, problem) in enumerate(self._files[start:], start + 1):
            if problem is None:
                yield self._item(name, end)
            else:
                yield Item(shown(name), end, error=problem)

    def _item(self, name: str, end: int) -> Item:
        location, id_ = shown(name), self._source.prefix + name
        try:
            _check_id(id_)
            kind = self._kind(name)
            if kind.name not in texts.PAGES:
                return Item(location, end, upload=self._upload(name, kind.name), id=id_)
            line = self._line(name, id_, texts.page(kind, self._read(name), name))
        except texts.Unusable as problem:
            return Item(location, end, error=str(problem))
        except OSError as error:
            return Item(location, end, error=unreadable(error))
        return Item(location, end, line, id=id_) if line else Item(location, end, skipped=EMPTY)

    def _kind(self, name: str) -> Kind:
        with (self._folder / name).open("rb") as file:
            head = file.read(HEAD_BYTES)
        return texts.kind_of(name, head)

    def _read(self, name: str) -> bytes:
        with (self._folder / name).open("rb") as file:
            raw = file.read(ITEM_MAX_BYTES + 1)
        if len(raw) > ITEM_MAX_BYTES:
            raise texts.Unusable(f"is over {ITEM_MAX_BYTES:,} bytes")
        return raw

    def _upload(self, name: str, format_: str) -> Upload:
        return Upload(self._folder / name, self._source.name, {"path": name, "format": format_})

    def _line(self, name: str, id_: str, page: texts.Page) -> bytes | None:
        """Return the document of a page, or None for a blank one."""
        if not page.content.strip():
            return None
        path = {"path": name, "format": page.format, SOURCE: self._source.name}
        document = {"id": id_, "title": page.title, "content": page.content}
        return json.dumps(document | {"metadata": page.metadata | path}).encode()


def folder_of_texts(folder: Path, chosen_name: str | None = None) -> TextFiles:
    """Return the files in a folder and its subfolders."""
    scan = FolderScan(os.fspath(folder)).run()
    return TextFiles(folder, scan.found, scan.skipped, chosen_name)


def single_text(path: Path, chosen_name: str | None = None) -> TextFiles:
    """Return one file. Its id and source are those that its folder's import would give it."""
    return TextFiles(path.parent, [(path.name, None)], {}, chosen_name)


def _check_id(id_: str) -> None:
    try:
        id_.encode()
    except UnicodeEncodeError:
        raise texts.Unusable("has a name that is not UTF-8; rename it") from None
    if len(id_) > ID_MAX_CHARACTERS:
        raise texts.Unusable(
            f"would get an id of {len(id_)} characters, and {ID_MAX_CHARACTERS} are allowed; "
            "shorten its path"
        )
