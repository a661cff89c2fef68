"""Municipalities and counties in time: codes, names, validity, mergers, splits, comparison groups, maps.

A code belongs to a place in a half-open interval of days, so always ask for a place *at a date*: 3807 was Skien from
2020 up to, not including, 2024; today it is nothing. A `Place` is one such interval, with one code and one area. A
`PlaceChange` tells how the places of one day came from those of the day before; its parts go from code to code, with
the share of the inhabitants where a split has a published one. The facts lie as text in `definitions/places` and are
read by `changes.load_places`; no other code writes them.

Begin in `queries`: `place`, `resolve` (addresses), `find_places` (search), `history`, `groups_for`. `geometry.py` has
the maps, `hexes.py` the map of equal hexagons.
"""
