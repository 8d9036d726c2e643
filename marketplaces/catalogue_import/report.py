"""What an import did, line by line: for the command's table and for a page of the admin."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from tasks.sentences import sentence

EVERYTHING_IMPORTED = 0
SOMETHING_REJECTED = 1
NOTHING_IMPORTED = 2
MOST_SAMPLES = 8
NOTES_KEPT = 500


@dataclass(frozen=True, order=True)
class Note:
    """One thing that a person should know about one line of the file."""

    line: int
    """The physical line on which the row starts; the header is usually line 1."""
    text: str
    is_of_photo: bool = False
    """The product is imported, without this photo."""

    def __str__(self) -> str:
        return sentence("line {line}: {text}", line=self.line, text=self.text)


@dataclass(frozen=True)
class Sample:
    """A product as it is saved, for a person to look at before it is."""

    sku: str
    title: str
    price: Decimal | None
    currency: str
    stock: int | None
    is_new: bool
    photo_url: str
    """Of its first new photo; "": it has none that is a link, or keeps those it has."""
    product_id: int | None
    """Whose photos it keeps; None: it has new ones, or none."""


@dataclass
class ImportReport:
    """Counts of products, and notes by line. With `dry_run`, what would have been done."""

    dry_run: bool = False
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    product_ids: list[int] = field(default_factory=list, compare=False)
    """The products of the file that stand in the catalogue; a dry run has no new ones."""
    samples: list[Sample] = field(default_factory=list, compare=False)
    """The first products that are new or changed."""
    _rejections: set[Note] = field(default_factory=set)
    _warnings: set[Note] = field(default_factory=set)

    def reject(self, line: int, text: str) -> None:
        """Note a row that was left out. Saying it twice counts once."""
        self._rejections.add(Note(line, text))

    def reject_photo(self, line: int, text: str) -> None:
        """Note a photo that was left out; its product is imported without it."""
        self._rejections.add(Note(line, text, is_of_photo=True))

    def warn(self, line: int, text: str) -> None:
        """Note something that was imported, though perhaps not as it was meant."""
        self._warnings.add(Note(line, text))

    @property
    def rejections(self) -> list[Note]:
        """Rows and photos that were left out."""
        return sorted(self._rejections)

    @property
    def rejected_rows(self) -> list[Note]:
        return [note for note in self.rejections if not note.is_of_photo]

    @property
    def rejected_photos(self) -> list[Note]:
        return [note for note in self.rejections if note.is_of_photo]

    @property
    def warnings(self) -> list[Note]:
        return sorted(self._warnings)

    @property
    def imported(self) -> int:
        """Products that now stand in the catalogue as the file says."""
        return self.created + self.updated + self.unchanged

    @property
    def exit_code(self) -> int:
        if not self.imported:
            return NOTHING_IMPORTED
        return SOMETHING_REJECTED if self._rejections else EVERYTHING_IMPORTED

    def as_json(self) -> dict[str, Any]:
        """What pages show of it: all counts, and the first notes of each kind."""
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "imported": self.imported,
            "changes": self.created + self.updated,
            "rejected": len(self.rejected_rows),
            "without_photo": len(self.rejected_photos),
            "warned": len(self.warnings),
            "samples": [_sample(sample) for sample in self.samples],
            "rejections": [_note(note) for note in self.rejected_rows[:NOTES_KEPT]],
            "photos": [_note(note) for note in self.rejected_photos[:NOTES_KEPT]],
            "warnings": [_note(note) for note in self.warnings[:NOTES_KEPT]],
        }


def _note(note: Note) -> dict[str, Any]:
    return {"line": note.line, "text": note.text}


def _sample(sample: Sample) -> dict[str, Any]:
    price = None if sample.price is None else str(sample.price)
    return {**asdict(sample), "price": price}
