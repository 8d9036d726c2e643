"""What Etsy is sent for a product."""

from __future__ import annotations

import pytest

from marketplaces.etsy.account_settings import EtsySettings
from marketplaces.etsy.eras import era_of, eras
from marketplaces.etsy.mapping import description_of, draft_form, mapped, tags_of
from marketplaces.etsy.validation import faults_of
from tests.marketplaces.etsy.builders import YEAR, facts, settings


def test_a_product_is_mapped_in_the_parts_that_etsy_is_sent() -> None:
    sent = mapped(facts(), settings(taxonomies={"Shirts": "560"}), "t1zp7", year=YEAR)
    assert sent["texts"]["title"] == "Linen shirt"
    assert sent["texts"]["taxonomy_id"] == 560
    assert sent["texts"]["when_made"] == "made_to_order"
    assert sent["stock"] == {"price": "19.90", "quantity": 3, "readiness_state_id": 3001}
    assert sent["photos"] == [["a" * 64, ""]]


def test_a_draft_carries_our_mark_below_its_description() -> None:
    sent = mapped(facts(), settings(), "t1zp7", year=YEAR)
    form = draft_form(sent, "(StoFlow t1zp7)")
    assert form["description"].endswith("\n\n(StoFlow t1zp7)")
    assert "StoFlow" not in sent["texts"]["description"]


def test_a_description_is_plain_text_with_brand_and_options_below() -> None:
    html = "<h2>Soft &amp; light</h2><p>Made of\n linen.</p><ul><li>washed</li><li>cut</li></ul>"
    assert description_of(facts(description=html)) == (
        "Soft & light\n\nMade of linen.\n\n- washed\n\n- cut\n\nBrand: Maison Test\nSize: M"
    )
    assert description_of(facts(description="", brand="", options={})) == "Linen shirt"
    assert description_of(facts(description="<script>x</script>A", brand="", options={})) == "A"


def test_tags_that_etsy_would_refuse_are_left_out_and_named() -> None:
    tags = ("linen", "Linen", "été 2026", "100% linen", "x" * 21, "men's")
    assert tags_of(facts(tags=tags), settings(tags=["shop tag"])) == (
        ["linen", "été 2026", "men's", "shop tag"],
        ["100% linen", "x" * 21],
    )
    many = tuple(f"tag {number}" for number in range(15))
    assert len(tags_of(facts(tags=many), settings())[0]) == 13


def test_an_accent_is_sent_as_one_character() -> None:
    sent = mapped(facts(title="E\u0301toile"), settings(), "t1zp7", year=YEAR)
    assert sent["texts"]["title"] == "Étoile"


@pytest.mark.parametrize("spoilt", [{"price": None}, {"stock": None}, {"title": ""}])
def test_an_unfit_product_is_mapped_too(spoilt: dict[str, object]) -> None:
    broken = EtsySettings.read({"taxonomy_id": "shirts", "when_made": "soon"})
    assert mapped(facts(**spoilt), broken, "t1zp7", year=YEAR)["texts"]["taxonomy_id"] == 0


def test_stock_beyond_what_etsy_takes_is_sent_as_its_most() -> None:
    assert mapped(facts(stock=5000), settings(), "k", year=YEAR)["stock"]["quantity"] == 999


@pytest.mark.parametrize(
    ("chosen", "era"),
    [
        ("2020_2025", "2020_2026"),
        ("2026", "2020_2026"),
        ("2006", "2000_2006"),
        ("2007", "2007_2009"),
        ("1987", "1980s"),
        ("1850", "1800s"),
        ("1620", "before_1700"),
        ("before_2006", "before_2007"),
        ("2027", ""),
        ("soon", ""),
    ],
)
def test_an_era_keeps_its_meaning_when_the_year_changes(chosen: str, era: str) -> None:
    assert era_of(chosen, 2026) == era


@pytest.mark.parametrize("year", range(2024, 2045))
def test_every_year_of_the_past_has_one_era(year: int) -> None:
    assert {era_of(str(made), year) for made in range(1650, year + 1)} <= set(eras(year))


def test_settings_are_read_whatever_they_hold() -> None:
    read = EtsySettings.read({"tags": "a, b", "is_supply": "yes", "auto_renew": False, "x": 1})
    assert (read.tags, read.is_supply, read.auto_renew) == (("a", "b"), True, False)
    assert [fault for fault in read.faults() if "shipping profile" in fault]


def test_every_fault_is_named_at_once() -> None:
    found = faults_of(
        facts(
            title="50% off: 100% linen ✿",
            price=None,
            currency="USD",
            stock=0,
            pictures=(),
        ),
        settings(taxonomy_id="", shipping_profile_id="", who_made="me", when_made="soon"),
        year=YEAR,
    )
    told = "; ".join(fault.sentence for fault in found)
    for words in (
        "does not take: ✿",
        "takes % only once",
        "price is missing",
        "in USD",
        "stock is 0",
        "no Etsy category",
        "no photo",
        "no shipping profile",
        "who made",
        "when it was made",
    ):
        assert words in told
    assert faults_of(facts(), settings(), year=YEAR) == []


def test_a_title_is_never_changed_to_fit() -> None:
    sent = mapped(facts(title="x" * 150), settings(), "k", year=YEAR)
    assert sent["texts"]["title"] == "x" * 150
    (fault,) = faults_of(facts(title="x" * 150), settings(), year=YEAR)
    assert "150 characters, Etsy takes 140" in fault.sentence
