"""Which product of the catalogue a draft is: by its SKU, or by handle and options if it has none.

The rule for a missing SKU: `handle/value/value`, in lower case, with dashes for spaces. It depends
on nothing but the variant itself, so that every import of the shop gives the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from marketplaces.catalogue_import.facts import LIMITS
from marketplaces.catalogue_import.products import ProductDraft
from marketplaces.catalogue_import.report import ImportReport
from marketplaces.catalogue_import.wording import quoted
from tasks.sentences import sentence

LONGEST_SKU = LIMITS["sku"]
MARK_LENGTH = 8


@dataclass(frozen=True)
class Variant:
    """What makes a variant itself in its shop: the handle and the options, their case aside."""

    handle: str
    options: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, handle: str, options: Mapping[str, str]) -> Variant:
        return cls(handle, frozenset((name, _plain(value)) for name, value in options.items()))

    @property
    def mark(self) -> str:
        """Short, and different for every variant."""
        parts = [self.handle, *(f"{name}\0{value}" for name, value in sorted(self.options))]
        return sha256("\1".join(parts).encode()).hexdigest()[:MARK_LENGTH]


@dataclass
class Known:
    """What the catalogue has already: the variant of each SKU, and the SKUs of each variant."""

    variants: dict[str, Variant] = field(default_factory=dict)
    skus: defaultdict[Variant, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, sku: str, variant: Variant) -> None:
        self.variants[sku] = variant
        self.skus[variant].append(sku)


def made_sku(draft: ProductDraft) -> str:
    """The SKU of a variant to which its shop has given none."""
    values = [_plain(value).replace("/", "|") for value in draft.options.values()]
    sku = "/".join([_plain(draft.handle), *values])
    return sku if len(sku) <= LONGEST_SKU else _marked(sku, variant_of(draft))


def variant_of(draft: ProductDraft) -> Variant:
    return Variant.of(draft.handle, draft.options)


def assign_skus(
    drafts: Sequence[ProductDraft], known: Known, report: ImportReport
) -> list[ProductDraft]:
    """The drafts with their SKUs, each SKU once. Only a repeated row is rejected."""
    in_shop = Counter(draft.shop_sku for draft in drafts)
    wanting: dict[str, list[ProductDraft]] = defaultdict(list)
    for draft in drafts:
        draft.sku = draft.shop_sku or _sku_without_the_shop(draft, known, in_shop)
        wanting[draft.sku].append(draft)
    for draft in drafts:
        if draft.shop_sku and draft.shop_sku not in known.variants:
            draft.former_sku = _made_before(draft, known, wanting)
    named = [
        draft for sku, rivals in wanting.items() for draft in _share_out(sku, rivals, known, report)
    ]
    return list(_each_once(sorted(named, key=lambda draft: draft.line), report))


def _sku_without_the_shop(draft: ProductDraft, known: Known, in_shop: Mapping[str, int]) -> str:
    """A cell that is empty now does not take a SKU away that the shop gave once."""
    made = made_sku(draft)
    before = known.skus.get(variant_of(draft), [])
    if made not in before and len(before) == 1 and before[0] not in in_shop:
        return before[0]
    return made


def _made_before(
    draft: ProductDraft, known: Known, wanted: Mapping[str, Sequence[ProductDraft]]
) -> str:
    """The shop has named a variant that we had to name before: it remains the same product."""
    made = made_sku(draft)
    is_same = known.variants.get(made) == variant_of(draft)
    return made if is_same and made not in wanted else ""


def _share_out(
    sku: str, rivals: Iterable[ProductDraft], known: Known, report: ImportReport
) -> Iterator[ProductDraft]:
    by_variant: dict[Variant, ProductDraft] = {}
    for draft in rivals:
        first = by_variant.setdefault(variant_of(draft), draft)
        if first is not draft:
            report.reject(draft.line, _repeated(first))
    keeper = _keeper(sku, by_variant, known)
    for draft in by_variant.values():
        if draft is not keeper:
            draft.sku = _marked(sku, variant_of(draft))
            draft.former_sku = ""
            report.warn(draft.line, _renamed(sku, draft, keeper))
        yield draft


def _each_once(drafts: Iterable[ProductDraft], report: ImportReport) -> Iterator[ProductDraft]:
    """A row without a SKU may have found the product of a row whose SKU has just been changed."""
    taken: dict[str, ProductDraft] = {}
    for draft in drafts:
        first = taken.setdefault(draft.sku, draft)
        if first is draft:
            yield draft
        else:
            report.reject(draft.line, _repeated(first))


def _keeper(
    sku: str, by_variant: Mapping[Variant, ProductDraft], known: Known
) -> ProductDraft | None:
    """Whoever has the SKU in the catalogue keeps it, whatever the order of the file."""
    owner = known.variants.get(sku)
    if owner is not None and owner in by_variant:
        return by_variant[owner]
    first = next(iter(by_variant.values()))
    is_another_product = owner is not None and owner.handle != first.handle
    return None if is_another_product and not first.shop_sku else first


def _repeated(first: ProductDraft) -> str:
    return sentence(
        "The row repeats line {line}: same product, same options, same SKU. Delete one of "
        "them, or give it an option value or a SKU of its own.",
        line=first.line,
    )


def _renamed(sku: str, draft: ProductDraft, keeper: ProductDraft | None) -> str:
    holder = (
        sentence("line {number}", number=keeper.line)
        if keeper
        else sentence("another product of the catalogue")
    )
    return sentence(
        "The SKU {sku} of line {line} belongs to {holder}; this one is imported as {other}. "
        "Give it a SKU of its own in the shop.",
        sku=quoted(sku),
        line=draft.line,
        holder=holder,
        other=quoted(draft.sku),
    )


def _marked(sku: str, variant: Variant) -> str:
    return f"{sku[: LONGEST_SKU - MARK_LENGTH - 1]}-{variant.mark}"


def _plain(value: str) -> str:
    return "-".join(value.casefold().split())
