"""The shapes of the control port's answers, shared by its server and its client."""

from typing import Any, NotRequired, TypedDict


class PhotoReport(TypedDict):
    checksum: str
    """sha256 of an uploaded file's bytes, or of a link's UTF-8 text."""
    url: str


class ListingReport(TypedDict):
    listing_id: str
    seller: str
    sku: str
    offer_id: str
    marketplace_id: str
    status: str
    """ACTIVE, ENDED, or DRAFT where a marketplace has drafts."""
    title: str
    description: str
    price: str
    currency: str
    quantity: int
    photos: list[PhotoReport]
    revisions: int
    state: NotRequired[str]
    """The vendor's own word, where it has more of them."""
    fees: NotRequired[int]
    """How often a listing fee was charged."""
    ended_by: NotRequired[str]
    """What ended it: withdrawal, deletion; empty while it is live."""


class OfferReport(TypedDict):
    offer_id: str
    seller: str
    sku: str
    marketplace_id: str
    format: str
    status: str
    listing_id: str | None


class ImageReport(TypedDict):
    image_id: str
    seller: str
    checksum: str
    url: str
    uploads: int
    """How often this seller uploaded exactly this picture."""
    source: str
    """`file` or `url`."""
    width: int | None
    height: int | None
    size: int | None


class SubjectEffects(TypedDict):
    route: str
    seller: str
    subject: str
    count: int


class Summary(TypedDict):
    active_listings: int
    ended_listings: int
    draft_listings: int
    fees: int
    skus_with_several_active_listings: list[str]
    skus_with_several_listings: list[str]
    """Drafts and active listings together: a forgotten draft is a duplicate in waiting."""
    titles_with_several_listings: list[str]
    """The same of listings without a SKU beside any others of the title."""
    photos_attached: int
    """Over all active listings."""
    photos_attached_twice: int
    """Photos beyond the first of the same checksum on one active listing."""


class EffectsReport(TypedDict):
    summary: Summary
    listings: list[ListingReport]
    offers: list[OfferReport]
    images: list[ImageReport]
    effects: dict[str, int]
    effects_by_subject: list[SubjectEffects]
    violations: list[str]


class RequestReport(TypedDict):
    id: int
    time: float
    method: str
    template: str
    path: str
    status: int | None
    """None while it runs, and when the connection was cut."""
    effect: bool
    seller: str
    subject: str
    fault: str


class FaultReport(TypedDict):
    id: int
    rule: dict[str, Any]
    matched: int
    """Calls that the rule applied to, those let through included."""
    hits: int
    """Calls that it spoilt."""


class HoldReport(TypedDict):
    id: int
    request_id: int
    route: str
    path: str
    subject: str
    kind: str
    match: str
    """Of the rule that holds it."""
    effect: bool
    """Whether the effect has already been had."""


class SellerReport(TypedDict):
    username: str
    client_id: str
    client_secret: str
    refresh_token: str
    marketplace_id: str
    fulfillment_policy_id: str | None
    payment_policy_id: str | None
    return_policy_id: str | None
    merchant_location_key: str | None
