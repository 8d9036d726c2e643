"""Sold here, gone there: orders, the ledger of sales, stock, and what follows at other listings.

A sale lowers the stock once, however many sources report it (docs/adr/0022).
"""

from marketplaces.sales.due import due, sold_of, standing
from marketplaces.sales.facts import (
    LineFacts,
    OnSaleReport,
    OrderFacts,
    Recorded,
    SoldReport,
    UnreadableOrderError,
)
from marketplaces.sales.orders import record_orders
from marketplaces.sales.reports import (
    count_from,
    report_sold,
    report_sold_of_many,
    report_sold_out,
)
from marketplaces.sales.single_pieces import are_single_pieces, may_be_back, sells_single_pieces
from marketplaces.sales.stock import pieces_left, pieces_to_offer, require_pieces

__all__ = [
    "LineFacts",
    "OnSaleReport",
    "OrderFacts",
    "Recorded",
    "SoldReport",
    "UnreadableOrderError",
    "are_single_pieces",
    "count_from",
    "due",
    "may_be_back",
    "pieces_left",
    "pieces_to_offer",
    "record_orders",
    "report_sold",
    "report_sold_of_many",
    "report_sold_out",
    "require_pieces",
    "sells_single_pieces",
    "sold_of",
    "standing",
]
