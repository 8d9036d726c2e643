"""A small piece of what Vinted lets sellers choose from: categories, sizes, brands, colours.

The ids are those of Vinted where an open project names them, and plausible otherwise.
"""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Category:
    """A node of the tree; items go into leaves."""

    id: int
    title: str
    children: tuple["Category", ...] = ()
    size_group: int | None = None
    """None = its items have no size."""
    is_unisex: bool = False
    """Whether its items may be for everybody: glasses, at Vinted."""

    def shown(self) -> Json:
        return {
            "id": self.id,
            "title": self.title,
            "code": self.title.upper().replace(" ", "_"),
            "size_group_ids": [] if self.size_group is None else [self.size_group],
            "catalogs": [each.shown() for each in self.children],
        }


WOMEN_CLOTHES, WOMEN_SHOES, MEN_CLOTHES, MEN_SHOES = 4, 5, 32, 33

SIZES: dict[int, tuple[str, dict[int, str]]] = {
    WOMEN_CLOTHES: (
        "Women's sizes",
        {
            102: "XXS / 32",
            2: "XS / 34",
            3: "S / 36",
            4: "M / 38",
            5: "L / 40",
            6: "XL / 42",
            7: "XXL / 44",
        },
    ),
    WOMEN_SHOES: (
        "Women's shoe sizes",
        {55: "35", 56: "36", 57: "37", 58: "38", 59: "39", 60: "40", 61: "41", 62: "42"},
    ),
    MEN_CLOTHES: (
        "Men's sizes",
        {206: "XS", 207: "S", 208: "M", 209: "L", 210: "XL", 211: "XXL", 212: "XXXL"},
    ),
    MEN_SHOES: (
        "Men's shoe sizes",
        {776: "39", 778: "40", 780: "41", 782: "42", 784: "43", 786: "44", 788: "45", 790: "46"},
    ),
}
"""By size group: its caption, and its sizes by id."""


def _leaves(size_group: int | None, **titles: int) -> tuple[Category, ...]:
    return tuple(
        Category(number, name.replace("_", " ").capitalize(), size_group=size_group)
        for name, number in titles.items()
    )


TREE = (
    Category(
        1904,
        "Women",
        (
            Category(
                4,
                "Women's clothing",
                _leaves(
                    WOMEN_CLOTHES,
                    coats=1907,
                    jackets=1908,
                    dresses=10,
                    skirts=11,
                    t_shirts=221,
                    shirts=222,
                    jumpers=13,
                    trousers=9,
                    jeans=183,
                ),
            ),
            Category(16, "Women's shoes", _leaves(WOMEN_SHOES, boots=1049, trainers=2632)),
            Category(19, "Women's bags", _leaves(None, handbags=156, shoulder_bags=158)),
            Category(
                1187,
                "Women's accessories",
                _leaves(None, belts=20, hats=88, scarves=89, sunglasses=26, jewellery=21),
            ),
        ),
    ),
    Category(
        5,
        "Men",
        (
            Category(
                2050,
                "Men's clothing",
                _leaves(
                    MEN_CLOTHES,
                    coats=1206,
                    jackets=1207,
                    t_shirts=77,
                    shirts=536,
                    jumpers=79,
                    trousers=34,
                    jeans=257,
                ),
            ),
            Category(1231, "Men's shoes", _leaves(MEN_SHOES, boots=1233, trainers=1242)),
            Category(
                82,
                "Men's accessories",
                (
                    *_leaves(None, bags=94, belts=96, hats=86, scarves=87, jewellery=95),
                    Category(98, "Glasses", is_unisex=True),
                ),
            ),
        ),
    ),
)

BRANDS = {
    1: "Without label",
    7: "H&M",
    10: "Levi's",
    12: "Zara",
    14: "adidas",
    15: "Mango",
    53: "Nike",
    88: "Ralph Lauren",
    304: "Lacoste",
    362: "Carhartt",
}
"""By id. A brand that is none of these is written out."""

COLOURS = {
    1: "Black",
    2: "Brown",
    3: "Grey",
    4: "Beige",
    5: "Pink",
    6: "Purple",
    7: "Red",
    8: "Yellow",
    9: "Blue",
    10: "Green",
    11: "Orange",
    12: "White",
    13: "Silver",
    14: "Gold",
    15: "Multi",
    16: "Khaki",
    17: "Turquoise",
    20: "Cream",
    23: "Burgundy",
    26: "Light blue",
    27: "Navy",
    29: "Mustard",
}

CONDITIONS = {
    6: "New with tags",
    1: "New without tags",
    2: "Very good",
    3: "Good",
    4: "Satisfactory",
}
"""`status_id`, and the words that the wardrobe shows instead."""

PACKAGE_SIZES = (1, 2, 3, 5)


def _flat(nodes: tuple[Category, ...]) -> list[Category]:
    return [found for node in nodes for found in (node, *_flat(node.children))]


CATEGORIES = {each.id: each for each in _flat(TREE)}
SIZE_TITLES = {number: title for _, sizes in SIZES.values() for number, title in sizes.items()}


def sizes_of(category: Category) -> dict[int, str]:
    return {} if category.size_group is None else SIZES[category.size_group][1]
