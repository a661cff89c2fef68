"""Figures on other borders, value by value in plain Python, as docs/borders.md says it. One oracle for every fast path.

A history is two lists: places (code, first day, first day after) and steps (day, from code, to code, share).
"""

from datetime import date

ENOUGH = 0.95
REASONS = ["not_collected", "not_applicable", "not_available", "not_reported", "suppressed", "border_change"]
SETTLED = ["normal", "preliminary", "estimated", "forecast"]


def ways(history):
    """Every path from an oldest place to a latest one: [((code, first day), ...), ...]."""
    places, steps = history
    found = []

    def walk(path):
        code, _since = path[-1]
        end = next(until for c, since, until in places if (c, since) == path[-1])
        later = [(to, on) for on, old, to, _share in steps if old == code and on == end]
        if not later:
            found.append(path)
        for bearer in later:
            walk((*path, bearer))

    for code, since, _until in places:
        if not any(to == code and on == since for on, _old, to, _share in steps):
            walk(((code, since),))
    return found


def parts(history, target, sources):
    """What an area (the places in `target`) consists of, as [(source, share)]; None for a part without figures.

    The sources are places of one day, so none of them overlap.
    """
    everything = ways(history)
    wanted = [way for way in everything if any(place in way for place in target)]
    found = []
    for source in sources:
        own = [way for way in everything if source in way]
        inside = [way for way in own if way in wanted]
        if inside:
            found.append((source, 1 if len(inside) == len(own) else _share(history, source, target)))
    if found and any(not any(source in way for source in sources) for way in wanted):
        found.append((None, 1))
    return found


def _share(history, source, target):
    """The part of an older place that is in later ones: along every route the product of its shares, added.

    None where one of the shares is unknown, and where the places in `target` are older themselves.
    """
    places, steps = history

    def reached(place):
        if place in target:
            return 1.0
        end = next(until for c, since, until in places if (c, since) == place)
        total = 0.0
        for on, old, to, share in steps:
            if old == place[0] and on == end and (rest := reached((to, on))) != 0:
                if share is None or rest is None:
                    return None
                total += share * rest
        return total

    share = reached(source)
    return round(share, 6) if share else None


def together(rule, cells, *, estimate):
    """The value of a whole. `rule` is (how, multiplier, is_count); `cells` are [(cell, share)], a cell a dict of value,
    missing, status, is_break, numerator and weight, or None where nothing was published.

    Gives None where no part was published, else {"value", "missing", "status", "is_break", "coverage"}.
    """
    how, multiplier, is_count = rule
    if not any(cell for cell, _share in cells):
        return None
    if len(cells) == 1 and cells[0][1] == 1:
        cell = cells[0][0]
        return {**{k: cell[k] for k in ("value", "missing", "status", "is_break")}, "coverage": None}
    is_break = any(cell and cell["is_break"] for cell, share in cells if share is not None)

    def without(reason):
        return {"value": None, "missing": reason, "status": "normal", "is_break": is_break, "coverage": None}

    if any(share is None for _cell, share in cells) or how == "none":
        return without("border_change")
    divided = any(share != 1 for _cell, share in cells)
    if divided and not (estimate and how == "sum" and is_count):
        return without("border_change")
    absent = [cell["missing"] if cell else "not_available" for cell, _share in cells if not cell or cell["missing"]]
    if how == "sum":
        if absent:
            return without(max(absent, key=REASONS.index))
        value = sum(cell["value"] * share for cell, share in cells)
        return _whole(value, [cell for cell, _share in cells], divided, is_break, 1.0)
    return _mean(cells, multiplier, without, is_break)


def _mean(cells, multiplier, without, is_break):
    counting = [cell for cell, _share in cells if cell is None or cell["weight"] != 0]
    if not counting:
        return without("not_applicable")
    known, reasons, products = [], [], []
    for cell in counting:
        if cell is None or cell["missing"]:
            reasons.append(cell["missing"] if cell else "not_available")
            continue
        if cell["numerator"] is not None and multiplier:
            product = cell["numerator"] * multiplier
        elif cell["weight"] is not None:
            product = cell["value"] * cell["weight"]
        else:
            product = None
        known.append(cell)
        products.append(product)
    weights = [cell["weight"] if cell else None for cell in counting]
    if None in weights or None in products:
        return without(max(reasons, key=REASONS.index) if reasons else "border_change")
    held = sum(cell["weight"] for cell in known)
    coverage = held / sum(weights)
    if coverage < ENOUGH:
        return {**without(max(reasons, key=REASONS.index)), "coverage": coverage}
    return _whole(sum(products) / held, known, bool(reasons), is_break, coverage)


def _whole(value, cells, is_estimate, is_break, coverage):
    status = max((cell["status"] for cell in cells), key=SETTLED.index)
    if is_estimate:
        status = max(status, "estimated", key=SETTLED.index)
    return {"value": value, "missing": None, "status": status, "is_break": is_break, "coverage": coverage}


def day(year):
    return date(year, 1, 1)
