"""Every text that staff read is there in every language, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import translation
from django.utils.translation import trans_real

from stoflow import messages
from tasks import sentences


@pytest.mark.parametrize("language", messages.languages())
def test_every_language_is_complete(language: str) -> None:
    assert list(messages.faults(language)) == []


def test_every_sentence_of_the_code_is_found_again_by_its_text() -> None:
    """None says so little, or so nearly the same as another, that it is taken for another one."""
    known = [
        str(message.id) for message in messages.extracted() if message.context == sentences.CONTEXT
    ]
    marked = sentences.Sentences({english: f"<{english}>" for english in known})
    for english in known:
        made = re.sub(r"\{(\w+)\}", r"V-\1", english)
        assert marked.translated(made) == f"<{made}>"


@pytest.fixture
def project(tmp_path: Path, settings: LazySettings) -> Path:
    """A project with one page and one module, and no catalogue yet."""
    settings.BASE_DIR, settings.LOCALE_PATHS = tmp_path, [tmp_path / "locale"]
    (tmp_path / "tasks").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "tasks" / "pages.py").write_text(
        """
from django.utils.translation import gettext as _, ngettext
from tasks.sentences import sentence
title = _("Jobs of %(name)s") % {"name": 1}
many = ngettext("%(count)s job", "%(count)s jobs", 2)
told = sentence(
    "The title has {length} characters; "
    "{limit} are the most: {why}.", length=3, limit=2, why=sentence("it is too long")
)
not_ours = "{untouched}"
"""
    )
    (tmp_path / "templates" / "page.html").write_text(
        """
{% load i18n %}
    <p (>{% translate "Try it again" %}</p>
  {% blocktranslate count counter=n trimmed %}
      {{ counter }} account
  {% plural %}
      {{ counter }} accounts
  {% endblocktranslate %}
 it's <b title="{{ _("On hover") }}">
"""
    )
    return tmp_path


def ids() -> set[str]:
    found = (message.id for message in messages.extracted() if message.id)
    return {each if isinstance(each, str) else each[0] for each in found}


def test_texts_are_found_in_code_and_pages(project: Path) -> None:
    assert ids() == {
        "Jobs of %(name)s",
        "%(count)s job",
        "The title has {length} characters; {limit} are the most: {why}.",
        "it is too long",
        "Try it again",
        "%(counter)s account",
        "On hover",
    }


def test_what_is_new_is_missing_until_it_is_written_and_then_not_translated(project: Path) -> None:
    assert all(fault.startswith(("missing: ", "not in step")) for fault in messages.faults("fr"))
    messages.update("fr")
    found = list(messages.faults("fr"))
    assert len(found) == len(ids())
    assert all(fault.startswith("not translated: ") for fault in found)


def translate(project: Path, *pairs: tuple[str, str]) -> None:
    path = messages.source("fr")
    text = path.read_text()
    for english, french in pairs:
        before = f'msgid "{english}"\nmsgstr ""'
        assert before in text, text
        text = text.replace(before, f'msgid "{english}"\nmsgstr "{french}"')
    path.write_text(text)


def test_a_translation_with_other_placeholders_is_a_fault(project: Path) -> None:
    messages.update("fr")
    translate(project, ("Jobs of %(name)s", "Travaux de %(nom)s"), ("it is too long", "trop long"))
    found = list(messages.faults("fr"))
    assert "other placeholders: “Jobs of %(name)s” (tasks/pages.py)" in found
    assert not [fault for fault in found if "it is too long" in fault]


def test_a_catalogue_that_was_not_compiled_is_a_fault(project: Path) -> None:
    messages.update("fr")
    translate(project, ("it is too long", "c'est trop long"))
    assert "not in step with its source: django.mo" in list(messages.faults("fr"))
    messages.update("fr")
    assert "not in step with its source: django.mo" not in list(messages.faults("fr"))


def test_an_uncertain_translation_and_one_of_a_text_that_has_gone_are_faults(project: Path) -> None:
    messages.update("fr")
    path = messages.source("fr")
    path.write_text(
        path.read_text().replace(
            'msgid "On hover"\nmsgstr ""', '#, fuzzy\nmsgid "On hover"\nmsgstr "x"'
        )
        + '\nmsgid "Gone"\nmsgstr "Parti"\n'
    )
    found = list(messages.faults("fr"))
    assert any(fault.startswith("not certain (fuzzy): “On hover”") for fault in found)
    assert "no longer used: “Gone”" in found


def test_writing_the_catalogue_again_changes_nothing_and_keeps_translations(project: Path) -> None:
    messages.update("fr")
    translate(project, ("it is too long", "c'est trop long"))
    messages.update("fr")
    path = messages.source("fr")
    first = path.read_bytes(), path.with_suffix(".mo").read_bytes()
    messages.update("fr")
    assert (path.read_bytes(), path.with_suffix(".mo").read_bytes()) == first
    assert b"c'est trop long" in first[0]


def test_a_compiled_catalogue_is_what_readers_see(
    project: Path, request: pytest.FixtureRequest
) -> None:
    def forget() -> None:
        vars(trans_real)["_translations"].clear()
        sentences.forget_catalogues()

    request.addfinalizer(forget)
    messages.update("fr")
    translate(project, ("it is too long", "c'est trop long"), ("Try it again", "Réessayez"))
    text = messages.source("fr").read_text()
    split = '"The title has {length} characters; {limit} are the most: {why}."\nmsgstr ""'
    assert split in text, text
    messages.source("fr").write_text(
        text.replace(
            split, split[:-1] + 'Le titre a {length} caractères, {limit} au plus : {why}."'
        )
    )
    messages.update("fr")
    forget()
    stored = "The title has 3 characters; 2 are the most: it is too long."
    with translation.override("fr"):
        assert translation.gettext("Try it again") == "Réessayez"
        assert sentences.translated(stored) == (
            "Le titre a 3 caractères, 2 au plus : c'est trop long."
        )
