"""The examples in the docstrings are true."""

import doctest

import pytest

from dugnad.places import geometry, hexes, rules
from dugnad.places.queries import groups


@pytest.mark.parametrize("module", [rules, geometry, hexes, groups], ids=lambda m: m.__name__)
def test_examples_of(module):
    assert doctest.testmod(module).failed == 0
