"""The tables that translate a seller's words: total, unambiguous, and overridden by the account."""

from __future__ import annotations

from collections import Counter

import pytest

from marketplaces.ebay.account_settings import SITES
from marketplaces.ebay.category_rules import MOST_EXAMPLES, Aspect, CategoryRules
from marketplaces.ebay.conditions import CONDITIONS, meaning
from marketplaces.ebay.conditions import WORDS as CONDITION_WORDS
from marketplaces.ebay.mapping import aspects_of, condition_of
from marketplaces.ebay.option_names import NAMES, name_of
from marketplaces.ebay.validation import LONGEST_ASPECT_NAME, faults_of
from marketplaces.option_words import WORDS as OPTION_WORDS
from tests.marketplaces.ebay.builders import facts, settings

DEPARTMENT = Aspect(
    "Département", is_required=True, is_closed=True, values=("Femme", "Homme", "Adulte unisexe")
)
RULES = CategoryRules("15687", aspects=(DEPARTMENT, Aspect("Taille", is_required=True)))


def test_every_site_names_every_option_that_we_know() -> None:
    assert set(NAMES) == set(SITES)
    for names in NAMES.values():
        assert set(names) == set(OPTION_WORDS)
        assert all(0 < len(each) <= LONGEST_ASPECT_NAME for told in names.values() for each in told)


@pytest.mark.parametrize("table", [OPTION_WORDS, CONDITION_WORDS])
def test_each_word_is_in_lower_case_and_means_one_thing(
    table: dict[str, tuple[str, ...]],
) -> None:
    words = Counter(word for known in table.values() for word in known)
    assert set(words.values()) == {1}
    assert all(word == word.casefold() == word.strip() for word in words if "ß" not in word)


def test_the_words_lead_to_conditions_that_ebay_has() -> None:
    assert set(CONDITION_WORDS) <= CONDITIONS


@pytest.mark.parametrize(
    ("word", "condition"),
    [
        ("used", "USED_EXCELLENT"),
        ("Neuf avec étiquette", "NEW"),
        ("D\N{RIGHT SINGLE QUOTATION MARK}occasion", "USED_EXCELLENT"),
        ("like new", "LIKE_NEW"),
        ("USED_GOOD", "USED_GOOD"),
        ("Très  bon état", "USED_VERY_GOOD"),
        ("shiny", ""),
    ],
)
def test_a_seller_s_word_for_the_condition(word: str, condition: str) -> None:
    assert meaning(word) == condition


def test_the_account_s_own_words_come_first() -> None:
    own = settings(conditions={"used": "USED_GOOD"})
    assert condition_of(facts(condition="used"), own) == "USED_GOOD"
    named = settings(aspect_names={"Size": "Pointure EU"})
    assert "Pointure EU" in aspects_of(facts(), named)


@pytest.mark.parametrize(
    ("option", "site", "name"),
    [
        ("Size", "EBAY_FR", "Taille"),
        ("taille", "EBAY_DE", "Größe"),
        ("GRÖSSE", "EBAY_GB", "Size"),
        ("Color", "EBAY_GB", "Colour"),
        ("Couleur", "EBAY_US", "Color"),
        ("Length", "EBAY_FR", "Length"),
        ("Size", "EBAY_XX", "Size"),
    ],
)
def test_an_option_has_the_name_of_the_site(option: str, site: str, name: str) -> None:
    assert name_of(option, site) == name


def test_a_size_of_shoes_has_the_name_that_the_category_knows() -> None:
    shoes = CategoryRules("95672", aspects=(Aspect("Pointure EU", is_required=True),))
    assert name_of("Size", "EBAY_FR", shoes) == "Pointure EU"
    assert faults_of(facts(options={"Size": "39"}), settings(), shoes) == []


def test_names_and_values_are_sent_as_ebay_spells_them() -> None:
    given = aspects_of(facts(options={"département": "femme", "Size": "M"}), settings(), RULES)
    assert given == {"Département": ["Femme"], "Marque": ["Maison Test"], "Taille": ["M"]}


def test_a_value_outside_a_closed_list_and_what_is_missing_are_named_together() -> None:
    rules = CategoryRules("15687", aspects=(DEPARTMENT, Aspect("Saison", is_required=True)))
    found = faults_of(facts(options={"Département": "Enfant"}), settings(), rules)
    assert [fault.field for fault in found] == ["options", "options"]
    assert "“Saison”" in found[0].sentence
    assert "“Enfant”" in found[1].sentence
    assert "Femme, Homme, Adulte unisexe" in found[1].sentence


def test_a_value_may_be_as_long_as_the_category_says() -> None:
    rules = CategoryRules("15687", aspects=(Aspect("Taille", longest=3),))
    assert faults_of(facts(options={"Size": "XXL"}), settings(), rules) == []
    (fault,) = faults_of(facts(options={"Size": "XXXL"}), settings(), rules)
    assert "3" in fault.sentence


def test_an_account_s_aspects_answer_for_every_product() -> None:
    own = settings(aspects={"Département": "Adulte unisexe"})
    assert faults_of(facts(), own, RULES) == []


def test_rules_are_read_as_they_were_kept() -> None:
    assert CategoryRules.from_json("15687", RULES.as_json()) == RULES


def test_an_aspect_with_thousands_of_values_is_kept_with_a_few() -> None:
    values = [{"localizedValue": f"Brand {number}"} for number in range(5000)]
    told = {"localizedAspectName": "Marque", "aspectValues": values, "aspectConstraint": {}}
    assert len(Aspect.from_document(told).values) == MOST_EXAMPLES
    told["aspectConstraint"] = {"aspectMode": "SELECTION_ONLY"}
    assert len(Aspect.from_document(told).values) == 5000


def test_a_closed_list_without_values_refuses_nothing() -> None:
    told = {"localizedAspectName": "X", "aspectConstraint": {"aspectMode": "SELECTION_ONLY"}}
    assert Aspect.from_document(told).accepted("anything") == "anything"
