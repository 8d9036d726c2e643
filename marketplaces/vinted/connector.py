"""What an account of Vinted can be set to; it is connected through the seller's own browser."""

from __future__ import annotations

from marketplaces.connecting import Marketplace, register
from marketplaces.models import Account
from tasks import handlers
from tasks.sentences import sentence

handlers.let_go_on_by_hand("vinted")


@register
class Vinted(Marketplace):
    """No application and no consent: a connection code, and a plugin that has it."""

    marketplace = "vinted"
    marketplace_name = "Vinted"

    def missing(self, account: Account) -> list[str]:
        if account.shop_id:
            return []
        return [sentence("no plugin has been connected yet: connect the seller's browser")]
