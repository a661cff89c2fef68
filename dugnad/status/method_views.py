"""Pages of methods: how scores, colours, arrows and judgements are made, each by its name and version."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from dugnad.shared.published import published
from dugnad.shared.text import translate
from dugnad.status import api
from dugnad.status.methods import documents
from dugnad.status.methods.explained import explained

COLUMNS = ("name", "version", "family", "title", "source", "sha256", "page", "yaml")


@published
def methods(request: HttpRequest, form: str = "html") -> HttpResponse:
    """The published methods."""
    found = documents.published()
    if form == "json":
        return _json({"methods": [_about(name) for name in found]})
    if form == "csv":
        rows = [{**_about(name), "title": translate(one.method.title)} for name, one in found.items()]
        return api.answer_rows("csv", name="methods", columns=COLUMNS, rows=rows)
    return render(request, "status/methods.html", {"methods": [one.method for one in found.values()]})


@published
def method_document(request: HttpRequest, name: str, file_form: str = "html") -> HttpResponse:
    """One method: what it does in words and formulas, an example, its limits and its versions; `.yaml` is its text."""
    try:
        found = documents.published()[name]
    except KeyError:
        raise Http404(f"there is no method {name}") from None
    if file_form == "yaml":
        return HttpResponse(found.content, content_type="application/yaml; charset=utf-8")
    if file_form == "json":
        return _json({"method": {**found.data, **_about(name)}})
    context = {"page": explained(found), "sha256": found.sha256}
    return render(request, "status/method_document.html", context)


def _about(name: str) -> dict[str, Any]:
    one = documents.published()[name]
    kwargs = {"name": name}
    return {
        "name": name,
        "version": one.method.version,
        "family": one.method.family,
        "title": one.method.title,
        "source": one.method.source,
        "sha256": one.sha256,
        "page": reverse("status:method_document", kwargs=kwargs),
        "yaml": reverse("status:method_document", kwargs=kwargs | {"file_form": "yaml"}),
    }


def _json(content: dict[str, Any]) -> HttpResponse:
    return JsonResponse(content, json_dumps_params={"ensure_ascii": False, "indent": 2})
