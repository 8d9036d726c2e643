"""Stand-in marketplaces: real HTTP servers on loopback, for demonstrations and tests.

A process of its own (`python -m marketplaces.sandbox`) that knows nothing of Django, of the
database or of our clients: it is written from the vendors' documents, so that a client and the
sandbox can disagree. What is common to all marketplaces lies here; each marketplace has a folder.
"""
