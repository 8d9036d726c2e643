"""The Identity API: whose token it is (`GET /commerce/identity/v1/user/`)."""

from marketplaces.sandbox.ebay import sellers
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

PATH = "/commerce/identity/v1"


def read_user(state: State, call: Call) -> Answer:
    return Answer(status=200, body=sellers.user(state, call.seller))
