"""Handlers of marketplaces that StoFlow calls itself, with the seller's OAuth consent."""

from __future__ import annotations

from typing import TypeVar

from marketplaces.listing_jobs import ListingJobHandler

Service = TypeVar("Service")


class DirectAPIJobHandler(ListingJobHandler[Service]):
    """The service's client renews the seller's tokens by itself (`marketplaces.oauth`)."""
