"""Etsy's Open API v3 as its document describes it.

Sources: Etsy's OpenAPI document (3.0.0), its pages on authentication and rate limits, and the issues
of github.com/etsy/open-api (written `open-api#N`) where these show an answer. Where all are silent,
the comment says "unconfirmed".
"""
