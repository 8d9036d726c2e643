"""Vinted, as the sandbox plays it: the web site that a seller signs in to, and its private API.

Vinted documents none of it. What is here is what open projects observed in 2025 and 2026; where
they differ, a setting turns the one or the other on, and what nobody saw is called unconfirmed.
"""
