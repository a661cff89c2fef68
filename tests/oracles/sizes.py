"""How much a release changes, one value at a time: the twin of `rules.sizes_of`."""

from statistics import median

from dugnad.status.rules import Size


def slow_sizes(pairs: list[tuple[str, float | None, float | None]]) -> dict[str, Size]:
    found = {}
    for indicator in {name for name, _old, _new in pairs}:
        compared = changed = lost = 0
        shares, total = [], 0.0
        for name, old, new in pairs:
            if name != indicator or old is None:
                continue
            if new is None:
                lost += 1
                continue
            compared += 1
            total += abs(new - old)
            if new != old:
                changed += 1
                if old != 0:
                    shares.append(abs(new - old) / abs(old))
        if changed or lost:
            found[indicator] = Size(
                compared,
                changed,
                lost,
                float(f"{max(shares):.6g}") if shares else None,
                float(f"{median(shares):.6g}") if shares else None,
                float(f"{total / compared:.6g}") if compared else None,
            )
    return found
