"""Why a shop was not connected; nothing has been stored when one of these is raised."""

from __future__ import annotations

from tasks.errors import PermanentError, StoFlowError
from tasks.sentences import sentence


class ConnectingError(StoFlowError):
    """The shop was not connected."""

    default_advice = sentence("Begin again: press “Connect” on the seller's page of accounts.")


class NotRegisteredError(ConnectingError, PermanentError):
    """The installation has no application at this marketplace yet."""

    default_advice = sentence(
        "Tell the operators: they register StoFlow there and set its id; the README says how."
    )


class StateRefusedError(ConnectingError):
    """The answer belongs to nothing that this person began and that still waits."""


class ConsentDeniedError(ConnectingError):
    """The seller said no, or the marketplace did."""


class ScopesMissingError(ConnectingError):
    """The seller agreed to less than StoFlow needs."""

    default_advice = sentence(
        "Begin again, and agree to everything that the marketplace's page lists."
    )


class NoShopError(ConnectingError):
    """Whoever consented has nothing there to sell from."""

    default_advice = sentence(
        "Sign in at the marketplace as the owner of the shop, or open a shop there first; then "
        "connect it again."
    )


class OtherShopError(ConnectingError):
    """Whoever consented is another shop than the account, whose listings would change hands."""

    default_advice = sentence(
        "Sign out at the marketplace, sign in there as the account's own shop and connect again; "
        "or connect the other shop as an account of its own."
    )


class ShopTakenError(ConnectingError):
    """Another seller of the installation has the shop; which one is not said."""

    default_advice = sentence(
        "It has to be disconnected there first; ask the operators if you do not know where."
    )
