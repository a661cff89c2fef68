"""How the values of an indicator at a place have changed from release to release."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language

from dugnad.places import queries as places
from dugnad.shared.periods import Period
from dugnad.shared.published import published
from dugnad.standards import queries as standards
from dugnad.status import api, refusals
from dugnad.status.queries import snapshots, standing, vintages


@published(asks=("periode", "del"))
def history(request: HttpRequest, key: str, kind: str, version_id: str, form: str = "html") -> HttpResponse:
    """Every value of an indicator at a place in every release that published it as something new.

    `?periode=2024` asks for one period, `?del=part=3g` for one part.
    """
    now = snapshots.asked_for(request)
    try:
        place = places.resolve(key, kind=kind).place
        version = standards.indicator_version(version_id)
    except places.PlaceNotFound as error:
        raise refusals.no_place(error) from None
    except standards.IndicatorNotFound as error:
        raise refusals.no_indicator(str(error), version_id) from None
    written = request.GET.get("periode", "")
    try:
        period = Period.parse(written) if written else None
    except ValueError:
        raise refusals.no_period(written) from None
    if place.code != key:
        return redirect(request.get_full_path().replace(f"/{key}/", f"/{place.code}/", 1))
    part = request.GET.get("del") or None
    every = vintages.vintages(now, standing.codes_of(place), [version.id])
    if part is not None and part not in (parts := {value[1] for value in every}):
        raise refusals.no_part(part, sorted(parts))
    found = {value: s for value, s in every.items() if period in (None, value[3]) and part in (None, value[1])}
    if period is not None and not found:
        raise refusals.nothing_in(period.label(get_language() or "nb"))
    if form != "html":
        return api.answer_rows(
            form,
            name=f"{place.slug}-{version.id.replace(':', '-')}-historikk",
            columns=api.VINTAGE_COLUMNS,
            rows=api.vintage_rows(now, version, found),
            about=api.place_about(place) | api.indicator_about(version),
        )
    latest_first = sorted(found.items(), key=lambda value: value[0][3], reverse=True)
    context = {
        "place": place,
        "place_name": place.name_in(get_language() or "nb"),
        "place_url": reverse(f"status:{'county' if kind == 'county' else 'place'}", args=[place.code]),
        "version": version,
        "values": sorted(latest_first, key=lambda value: value[0][1]),  # the whole before its parts
        "changed": sum(len(steps) > 1 for steps in found.values()),
        "notices": vintages.notices(now, places=[place], codes=standing.codes_of(place), indicators={version.id}),
        "snapshot": now,
    }
    return render(request, "status/vintages.html", context)
