"""What we measure: the 17 goals, their targets, indicator sets with editions, indicators and their versions.

All of it is text under review in `definitions/`, loaded by `changes.load_definitions`. Begin in `models.py`.
"""
