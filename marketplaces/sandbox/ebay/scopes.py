"""What eBay lets an application ask a seller for, as far as the sandbox's application may."""

ROOT = "https://api.ebay.com/oauth/api_scope"
INVENTORY = f"{ROOT}/sell.inventory"
ACCOUNT = f"{ROOT}/sell.account"
FULFILLMENT = f"{ROOT}/sell.fulfillment"
IDENTITY = f"{ROOT}/commerce.identity"
SCOPES = (
    ROOT,
    INVENTORY,
    f"{INVENTORY}.readonly",
    ACCOUNT,
    f"{ACCOUNT}.readonly",
    FULFILLMENT,
    f"{FULFILLMENT}.readonly",
    f"{IDENTITY}.readonly",
)
"""A seller who never saw the consent page has consented to all of them."""
