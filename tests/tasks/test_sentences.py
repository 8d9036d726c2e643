"""Sentences are stored in English and read in the reader's language."""

from __future__ import annotations

import time

import pytest
from django.template import Context, Template
from django.utils import translation

from tasks.sentences import Sentences, sentence, translated

FRENCH = Sentences(
    {
        "Validate product": "Vérifier le produit",
        "Upload image {position}/{count}": "Envoyer la photo {position} sur {count}",
        "eBay refused to {doing}: {reasons}.": "eBay a refusé de {doing} : {reasons}.",
        "eBay failed when asked to {doing}, and may have done it: {reasons}.": (
            "eBay a échoué alors qu'il devait {doing}, et l'a peut-être fait : {reasons}."
        ),
        "make the offer": "créer l'offre",
        "The product cannot go to eBay: {faults}.": "Le produit ne peut pas aller sur eBay : {faults}.",
        "there is no photo": "il n'y a pas de photo",
        "the title has {length} characters, eBay takes {limit}": (
            "le titre a {length} caractères, eBay en accepte {limit}"
        ),
        "Try again. Then tell the operators.": "Réessayez. Puis prévenez les opérateurs.",
        "Correct the price.": "Corrigez le prix.",
        "Untranslated {thing}": "",
        "{anything}": "MUST NOT BE USED",
        "{name} stays {name}": "{name} demeure {name}",
    }
)


def test_a_name_in_quotation_marks_stays_even_when_it_is_one_of_our_words() -> None:
    words = Sentences(
        {
            "Archive": "Archiver",
            "{action} “{product}” on {marketplace}": "{action} « {product} » sur {marketplace}",
            "“{task}”: it does not exist.": "« {task} » : cela n'existe pas.",
            "Create listing": "Créer l'annonce",
        }
    )
    assert words.translated("Archive “Archive” on eBay") == "Archiver « Archive » sur eBay"
    told = words.translated("“Create listing”: it does not exist.")
    assert told == "« Créer l'annonce » : cela n'existe pas."


def test_a_sentence_is_its_template_with_its_values() -> None:
    assert sentence("Upload image {position}/{count}", position=1, count=3) == "Upload image 1/3"
    assert sentence("Validate product") == "Validate product"


def test_values_are_not_templates() -> None:
    assert sentence("no {what}", what="{braces} {0}") == "no {braces} {0}"
    assert FRENCH.translated("eBay refused to make the offer: {reasons} {doing}.") == (
        "eBay a refusé de créer l'offre : {reasons} {doing}."
    )


def test_a_missing_value_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        sentence("no {what}", that="x")


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("Validate product", "Vérifier le produit"),
        ("Upload image 1/3", "Envoyer la photo 1 sur 3"),
        # a value that is a sentence itself, and values that are several of them
        ("eBay refused to make the offer: Bad.", "eBay a refusé de créer l'offre : Bad."),
        (
            "The product cannot go to eBay: there is no photo; the title has 9 characters, eBay takes 8.",
            "Le produit ne peut pas aller sur eBay : il n'y a pas de photo; le titre a 9 caractères, eBay en accepte 8.",
        ),
        # sentences after one another, known as a whole or one by one
        ("Try again. Then tell the operators.", "Réessayez. Puis prévenez les opérateurs."),
        (
            "Correct the price. Try again. Then tell the operators. Unknown words.",
            "Corrigez le prix. Réessayez. Puis prévenez les opérateurs. Unknown words.",
        ),
        # several lines
        (
            "eBay refused to make the offer: first line\nsecond line.",
            "eBay a refusé de créer l'offre : first line\nsecond line.",
        ),
        ("Validate product\nCorrect the price.", "Vérifier le produit\nCorrigez le prix."),
        # the same placeholder twice means the same value twice
        ("blue stays blue", "blue demeure blue"),
        ("blue stays green", "blue stays green"),
    ],
)
def test_a_stored_text_is_shown_in_the_readers_language(english: str, french: str) -> None:
    assert FRENCH.translated(english) == french


def test_the_template_that_says_more_wins() -> None:
    assert FRENCH.translated(
        "eBay failed when asked to make the offer, and may have done it: no reason."
    ).startswith("eBay a échoué")


@pytest.mark.parametrize(
    "text", ["", "Untranslated words", "Something of the seller's own", "{anything}", "x; y. z\n"]
)
def test_what_is_not_known_stays_as_it_is(text: str) -> None:
    assert FRENCH.translated(text) == text


def test_in_english_nothing_is_looked_up() -> None:
    with translation.override("en"):
        assert translated("Upload image 1/3") == "Upload image 1/3"
    with translation.override(None):
        assert translated("Upload image 1/3") == "Upload image 1/3"


def test_without_a_translation_the_english_text_is_shown() -> None:
    with translation.override("fr"):
        assert translated("No catalogue has this: 7.") == "No catalogue has this: 7."


def test_a_pages_own_words_are_no_sentences() -> None:
    """A product may be called like a button of Django's: its name is not translated."""
    with translation.override("fr"):
        assert translation.gettext("Save") == "Enregistrer"
        assert translated("Save") == "Save"


def test_many_templates_and_long_unknown_texts_take_no_time_to_speak_of() -> None:
    many = Sentences(
        {f"eBay's case {n} of {{a}} means {{b}} here.": f"Cas {n} {{b}} {{a}}" for n in range(300)}
    )
    began = time.perf_counter()
    for n in range(100):
        assert many.translated(f"eBay's case {n} of x means y here.") == f"Cas {n} y x"
    many.translated("A sentence that nobody knows. " * 200)
    assert time.perf_counter() - began < 30  # a runaway, not a matter of milliseconds


def test_a_template_shows_stored_sentences_in_the_readers_language() -> None:
    template = Template("{% load staff %}{{ text|translated }}")
    assert template.render(Context({"text": "<b> x"})) == "&lt;b&gt; x"
