"""eBay's Sell APIs as their documents describe them.

Sources: the OpenAPI documents of the Inventory (1.18.4, enumerations of 1.18.5), Media (v1_beta.5.1)
and Account (1.9.3) APIs, eBay's list of common errors, and its OAuth and picture pages. Where these
are silent, the comment says "unconfirmed".
"""
