"""From a cell to a photo that a marketplace can take: a link, or a file beside the CSV."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from PIL import Image

from marketplaces.catalogue_import.errors import RowError
from marketplaces.catalogue_import.photo_cells import PhotoCell
from marketplaces.catalogue_import.report import ImportReport
from marketplaces.catalogue_import.wording import quoted
from tasks.sentences import sentence

LARGEST_PHOTO = 20 * 1024 * 1024
MOST_PIXELS = 64_000_000
LONGEST_LINK = 2000
DECODERS = ("JPEG", "PNG", "WEBP", "GIF")
"""The only ones that a stranger's bytes are given to."""
SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif"}
"""By what the decoder says it found; MPO is a JPEG with several pictures, as cameras write it."""

check_link = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class Photo:
    """A link or a file, never both. A file is read again when it is stored, not kept in memory."""

    checksum: str
    url: str = ""
    path: Path | None = None
    suffix: str = ""
    alt_text: str = ""


@dataclass
class PhotoAlbum:
    """Looks at each photo once, however many variants share it."""

    folder: Path | None
    """Where files may lie; None for an upload, which has no folder."""
    _seen: dict[str, Photo | RowError] = field(default_factory=dict)

    def photos(self, cells: Sequence[PhotoCell], report: ImportReport) -> tuple[list[Photo], bool]:
        """The usable photos, each once, and whether these are all."""
        found: dict[str, Photo] = {}
        is_complete = True
        for cell in cells:
            photo = self._look_at(cell.source)
            if isinstance(photo, RowError):
                report.reject_photo(
                    cell.line, sentence("The photo is left out: {photo}", photo=photo)
                )
                is_complete = False
            else:
                found.setdefault(photo.checksum, _captioned(photo, cell.alt_text))
        return list(found.values()), is_complete

    def _look_at(self, source: str) -> Photo | RowError:
        if source not in self._seen:
            try:
                self._seen[source] = read_photo(source, self.folder)
            except RowError as error:
                self._seen[source] = error
        return self._seen[source]


def read_photo(source: str, folder: Path | None) -> Photo:
    """The photo that a cell names. Raises RowError with what is wrong about it."""
    scheme = source.partition(":")[0].lower() if ":" in source else ""
    if scheme in {"http", "https"}:
        return _linked(source)
    if "://" in source or scheme in {"data", "javascript", "file", "blob"}:
        raise RowError(sentence("{source} is no http or https link.", source=quoted(source)))
    if folder is None:
        raise RowError(
            sentence(
                "{source} is no link, and an uploaded CSV has no folder of files.",
                source=quoted(source),
            )
        )
    path = _inside(folder, source)
    data = read_file(path, source)
    return Photo(sha256(data).hexdigest(), path=path, suffix=_checked_suffix(data, source))


def read_file(path: Path, source: str) -> bytes:
    """All bytes of a photo, unless they are too many."""
    try:
        if not path.is_file():
            raise RowError(
                sentence("There is no file {source} beside the CSV file.", source=quoted(source))
            )
        with path.open("rb") as file:
            data = file.read(LARGEST_PHOTO + 1)
    except OSError as error:
        raise RowError(
            sentence(
                "{source} cannot be read: {reason}.",
                source=quoted(source),
                reason=error.strerror,
            )
        ) from error
    if len(data) > LARGEST_PHOTO:
        raise RowError(
            sentence(
                "{source} is larger than {limit} MB.",
                source=quoted(source),
                limit=LARGEST_PHOTO // 1024 // 1024,
            )
        )
    return data


def _linked(source: str) -> Photo:
    try:
        check_link(source)
        is_link = bool(urlsplit(source).hostname)
    except (ValidationError, ValueError):
        is_link = False
    if not is_link:
        raise RowError(
            sentence("{source} is no valid link. Write spaces as %20.", source=quoted(source))
        )
    if len(source) > LONGEST_LINK:
        raise RowError(
            sentence(
                "The link has {length} characters; {limit} are the most.",
                length=len(source),
                limit=LONGEST_LINK,
            )
        )
    return Photo(sha256(source.encode()).hexdigest(), url=source)


def _inside(folder: Path, source: str) -> Path:
    """The file's true place. Neither `..` nor a symbolic link leads out of the folder."""
    relative = PurePosixPath(source.replace("\\", "/"))
    if relative.is_absolute() or PureWindowsPath(source).drive:
        raise RowError(
            sentence("{source} must be a path relative to the CSV file.", source=quoted(source))
        )
    try:
        path = (folder / relative).resolve()
        is_inside = path.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError) as error:
        raise RowError(sentence("{source} is no usable path.", source=quoted(source))) from error
    if not is_inside:
        raise RowError(
            sentence("{source} lies outside the folder of the CSV file.", source=quoted(source))
        )
    return path


def _checked_suffix(data: bytes, source: str) -> str:
    """The suffix that the content deserves. A photo of too many pixels is never unpacked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=DECODERS) as image:
                kind, size = image.format, image.size
                if size[0] * size[1] <= MOST_PIXELS:
                    image.verify()
                    _decode(data)
    except Image.DecompressionBombError:
        size, kind = (MOST_PIXELS, MOST_PIXELS), None
    except Exception as error:  # a damaged photo makes a decoder raise anything
        raise RowError(
            sentence("{source} is no complete JPEG, PNG, WebP or GIF photo.", source=quoted(source))
        ) from error
    if size[0] * size[1] > MOST_PIXELS:
        raise RowError(
            sentence(
                "{source} has more than {limit} million pixels.",
                source=quoted(source),
                limit=MOST_PIXELS // 1_000_000,
            )
        )
    return SUFFIXES[kind or "JPEG"]


def _decode(data: bytes) -> None:
    """`verify` does not notice a JPEG that ends half-way; reading it does, at an eighth of its size."""
    with Image.open(io.BytesIO(data), formats=DECODERS) as image:
        image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
        image.load()


def _captioned(photo: Photo, alt_text: str) -> Photo:
    return Photo(photo.checksum, photo.url, photo.path, photo.suffix, alt_text)
