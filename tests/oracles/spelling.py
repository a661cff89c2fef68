"""How far a word is from another, by trying every way."""

from functools import cache


def misspelling_distance(a: str, b: str) -> int:
    """Letters to change, add, remove or swap with the next to get from a to b; a swapped pair is not touched again."""

    @cache
    def rest(i: int, j: int) -> int:
        if i == len(a) or j == len(b):
            return len(a) - i + len(b) - j
        ways = [rest(i + 1, j + 1) + (a[i] != b[j]), rest(i + 1, j) + 1, rest(i, j + 1) + 1]
        if a[i : i + 2] == b[j : j + 2][::-1] and len(a) - i > 1 and len(b) - j > 1:
            ways.append(rest(i + 2, j + 2) + 1)
        return min(ways)

    return rest(0, 0)
