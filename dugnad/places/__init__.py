"""Municipalities and counties in time: codes, names, validity, mergers, splits, comparison groups, maps.

A code belongs to a place in a half-open interval of days; always ask for a place *at a date*. Begin in `queries.py`.
"""
