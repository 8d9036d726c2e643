"""What is asked of eBay before a batch starts."""

from __future__ import annotations

import pytest

from marketplaces.ebay import readiness
from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.connection import client_for
from marketplaces.ebay.readiness import AccountNotReadyError
from marketplaces.models import Account
from marketplaces.sandbox.control import SandboxControl


def missing(account: Account, **changes: str) -> list[str]:
    chosen = EbaySettings.read(account.settings | changes)
    return readiness.missing(client_for(account), chosen)


def test_an_account_that_is_set_up_is_ready(account: Account) -> None:
    assert missing(account) == []
    readiness.require_ready(account)


def test_everything_missing_at_ebay_is_told_at_once(
    account: Account, control: SandboxControl
) -> None:
    bare = control.seller("bare", policies=False, location=False)
    Account.objects.filter(pk=account.pk).update(refresh_token=bare["refresh_token"])
    with pytest.raises(AccountNotReadyError) as caught:
        readiness.require_ready(account)
    message = caught.value.message
    assert "no return policy for EBAY_FR: create one at eBay, then check again" in message
    assert "no shipping policy" in message
    assert "no payment policy" in message
    assert "no inventory location" in message


def test_what_is_not_chosen_or_wrongly_chosen_is_told_with_the_choice(account: Account) -> None:
    found = missing(
        account, return_policy_id="", payment_policy_id="1", merchant_location_key="elsewhere"
    )
    assert len(found) == 3
    assert account.settings["return_policy_id"] in "".join(found)
    assert any("the payment policy 1 is not at eBay" in sentence for sentence in found)
    assert any("“elsewhere”" in sentence for sentence in found)


def test_an_unknown_marketplace_is_told_without_a_call(
    account: Account, control: SandboxControl
) -> None:
    assert len(missing(account, marketplace_id="EBAY_XX")) == 1
    assert control.requests() == []
