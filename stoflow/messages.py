"""The message catalogues of the staff's languages: made from the code, checked, compiled.

Needs Babel, a tool of developers, and none of gettext's programs. The compiled catalogue lies
beside its source, so that a clone speaks every language without a build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from tasks import sentences

APPS = ("stoflow", "tasks", "marketplaces")
LEFT_OUT = {"migrations", "sandbox", "sample_catalogue", "locale", "demo", "load"}
"""No member of staff reads these."""
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%[a-z](?![a-z])|\{(\w+)\}")


def languages() -> list[str]:
    """Those that need a catalogue: all but English, in which the code is written."""
    return [code for code, _name in settings.LANGUAGES if code != "en"]


def source(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def extracted() -> Catalog:
    """Every text of the code and of the templates that staff may read."""

    found = Catalog(project="StoFlow", charset="utf-8")
    for path in _files("*.py", APPS):
        content = path.read_bytes()
        _add(found, path, content, KEYWORDS)
        _add(found, path, content, {"sentence": None}, context=sentences.CONTEXT)
    for path in _files("*.html", (*APPS, "templates")):
        # In brackets, what is left of the page's indentation means nothing to Python's tokenizer.
        content = f"({templatize(path.read_text(encoding='utf-8'), origin=str(path))})".encode()
        _add(found, path, content, KEYWORDS)
    return found


def update(language: str) -> None:
    """Bring a language's catalogue in step with the code; new messages are left empty."""
    catalogue = _read(language)
    catalogue.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    path = source(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_as_source(catalogue))
    path.with_suffix(".mo").write_bytes(_compiled(catalogue))


def faults(language: str) -> Iterator[str]:
    """Everything that keeps a language from being complete, one sentence each."""
    catalogue, wanted = _read(language), extracted()
    for message in wanted:
        if message.id and (known := catalogue.get(message.id, message.context)) is None:
            yield f"missing: {_shown(message)}"
        elif message.id and known is not None:
            yield from _faults_of(known)
    for message in catalogue:
        if message.id and wanted.get(message.id, message.context) is None:
            yield f"no longer used: {_shown(message)}"
    compiled = source(language).with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != _compiled(catalogue):
        yield f"not in step with its source: {compiled.name}"


def _faults_of(message: Message) -> Iterator[str]:
    strings = message.string if isinstance(message.string, tuple | list) else [message.string]
    texts = [text or "" for text in strings]
    ids = message.id if isinstance(message.id, tuple | list) else [message.id]
    if message.fuzzy:
        yield f"not certain (fuzzy): {_shown(message)}"
    if not all(texts):
        yield f"not translated: {_shown(message)}"
        return
    allowed = set().union(*(_placeholders(each) for each in ids))
    # "One job", "%(count)s jobs": the number may be left out of a plural's form, nothing added.
    needed = set.intersection(*(_placeholders(each) for each in ids))
    for text in texts:
        if not needed <= _placeholders(text) <= allowed:
            yield f"other placeholders: {_shown(message)}"


def _placeholders(text: str) -> set[str]:
    return {found[0] for found in _PLACEHOLDER.finditer(text)}


def _shown(message: Message) -> str:
    first = message.id[0] if isinstance(message.id, tuple | list) else message.id
    where = f" ({message.locations[0][0]})" if message.locations else ""
    return f"“{first}”{where}"


def _files(pattern: str, folders: tuple[str, ...]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((settings.BASE_DIR / folder).rglob(pattern)):
            if LEFT_OUT.isdisjoint(path.relative_to(settings.BASE_DIR).parts):
                yield path


def _add(
    catalogue: Catalog,
    path: Path,
    content: bytes,
    keywords: dict[str, tuple[int | tuple[int, str], ...] | None],
    context: str | None = None,
) -> None:

    where = str(path.relative_to(settings.BASE_DIR))
    for _line, message, comments, own_context in extract(
        "python", BytesIO(content), keywords=keywords, comment_tags=("Translators:",)
    ):
        # Without the line: otherwise every change of the code would be one of the catalogue.
        catalogue.add(
            message,
            locations=[(where, 0)],
            auto_comments=comments,
            context=own_context or context,
        )


def _read(language: str) -> Catalog:

    path = source(language)
    if not path.exists():
        return Catalog(
            locale=language,
            header_comment="# Texts of StoFlow. Written by `manage.py messages`.",
            project="StoFlow",
            version="1",
            msgid_bugs_address="-",
            last_translator="StoFlow",
            language_team="StoFlow",
            charset="utf-8",
            fuzzy=False,
        )
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _as_source(catalogue: Catalog) -> bytes:

    written = BytesIO()
    write_po(written, catalogue, width=100, sort_by_file=True, include_lineno=False)
    return written.getvalue()


def _compiled(catalogue: Catalog) -> bytes:

    written = BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()
