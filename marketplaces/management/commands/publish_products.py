"""`manage.py publish_products --schema S`: a seller's catalogue to one account, as one batch."""

from __future__ import annotations

from marketplaces.management.product_command import ProductCommand


class Command(ProductCommand):
    help = (
        "Queue the publication of a seller's products as one batch; workers do it. The account is "
        "checked first: what it lacks is said at once, and nothing is queued. Exit code: 0 "
        "queued, 2 nothing was queued."
    )
    action = "publish"
