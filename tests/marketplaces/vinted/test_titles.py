"""Our key in a title: put there, found again, and never mistaken for a neighbour's."""

from __future__ import annotations

import pytest

from marketplaces.vinted import titles


def test_the_key_stands_in_brackets_at_the_end() -> None:
    assert (
        titles.marked("Robe fleurie, taille M", "demozp17") == "Robe fleurie, taille M [demozp17]"
    )
    assert len(titles.marked("x" * titles.room("demozp17"), "demozp17")) == titles.LONGEST


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Robe [demozp17]", "demozp17"),
        ("Robe [DemoZP17] ", "demozp17"),
        ("Robe [OWN-7]", "OWN-7"),
        ("Robe [demozp17] neuve", ""),
        ("Robe", ""),
        ("[a] Robe [b]", "b"),
    ],
)
def test_a_key_is_read_whatever_its_case(title: str, key: str) -> None:
    assert titles.key_in(title) == key


def test_another_product_is_not_ours() -> None:
    assert titles.is_ours("Robe [demozp1]", "demozp1")
    assert titles.is_ours("ROBE [DEMOZP1]", "demozp1")
    assert not titles.is_ours("Robe [demozp17]", "demozp1")
    assert not titles.is_ours("Robe demozp1", "demozp1")


@pytest.mark.parametrize(
    ("shouted", "calm"),
    [
        ("ROBE FLEURIE EN COTON XXL", "Robe Fleurie en Coton XXL"),
        ("Robe ZARA taille M", "Robe ZARA taille M"),
        ("TOP XS", "TOP XS"),
        ("ÉCHARPE DE LAINE", "Écharpe de Laine"),
    ],
)
def test_a_shouted_title_is_spoken(shouted: str, calm: str) -> None:
    assert titles.calm(shouted) == calm
