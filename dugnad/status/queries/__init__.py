"""Every read about numbers, a file for each question.

`snapshots` which releases are current, or were on a day; `series` the observations of places and indicators;
`places` how a place stands; `indicators` how all places lie; `comparisons` a few places beside each other.
"""
