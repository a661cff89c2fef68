"""Maps."""


def neighbours(code: str) -> frozenset[str]:
    """The codes of the municipalities that share a border with this one on the map."""
    return frozenset()
