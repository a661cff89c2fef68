"""Dugnad: the platform a network of municipalities lives on.

Read the parts from left to right; a part may use the parts before it, never those after it:

    shared <- people, places <- standards <- status <- site <- config

Start in `dugnad/status/__init__.py` for the numbers, in `dugnad/people/__init__.py` for who may do what.
"""

__version__ = "0.1.0"
