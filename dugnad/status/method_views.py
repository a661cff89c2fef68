"""Pages of methods: how scores, colours, arrows and judgements are made, each by its name and version."""

import base64
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from dugnad.people.limits import may_ask
from dugnad.shared.asked import asked
from dugnad.shared.errors import Refusal
from dugnad.shared.published import published
from dugnad.shared.text import translate
from dugnad.status import api, refusals
from dugnad.status.forms import PASTED, TrialForm
from dugnad.status.methods import documents
from dugnad.status.methods.answers import ANSWERS
from dugnad.status.methods.explained import explained
from dugnad.status.methods.trial import Sent, Trial, try_method

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
        raise refusals.no_method(name, documents.published()) from None
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


@never_cache
@asked(page_asks=("eksempel",))
def trial(request: HttpRequest) -> HttpResponse:
    """A method on a file of the reader's own; `?eksempel=1` fills in an example. Nothing is kept."""
    bases = [
        (name, translate(one.title)) for name, one in documents.published_methods().items() if one.family == "index"
    ]
    if request.method != "POST":
        example = request.GET.get("eksempel")
        form = TrialForm(initial=_example() if example else {"base": "sdg-index"}, bases=bases)
        return render(request, "status/method_trial.html", {"form": form})
    form = TrialForm(request.POST, request.FILES, bases=bases)
    status = 422
    if form.is_valid():
        sent = {field: form.sent(field, name) for field, name in (("values", "values.csv"), ("method", "method.yaml"))}
        for field, given in sent.items():
            if given is None:
                form.add_error(field, _("Choose a file, or write the text below."))
        if sent["values"] and sent["method"]:
            if may_ask(request, "try_method"):
                values, method = Sent(*sent["values"]), Sent(*sent["method"])
                try:
                    found = try_method(values, method, extends=form.cleaned_data["base"], lang=get_language() or "nb")
                except Refusal as refusal:
                    form.add_error("method" if method.name in refusal.where else "values", str(refusal))
                else:
                    return render(request, "status/method_trial_result.html", _result(found))
            else:
                status = 429
                form.add_error(None, _("That was many files in a short time. Wait a minute and try again."))
        form = _kept(form, sent)
    return render(request, "status/method_trial.html", {"form": form}, status=status)


_SIGNED = {"name": "eksempel", "version": "v1", "title": {"nb": "Eksempel", "nn": "Eksempel", "en": "Example"}}


def _example() -> dict[str, str]:
    """The example of the SDG Index, as a reader would have written it."""
    example = documents.published()["sdg-index"].data["example"]
    rows = [",".join(map(str, row)) for row in example["values"]]
    return {
        "base": "sdg-index",
        "values_text": "\n".join(["place,indicator,period,value", *rows]),
        "method_text": yaml.safe_dump(
            {**_SIGNED, **example["method"]}, allow_unicode=True, sort_keys=False, default_flow_style=None
        ),
    }


def _kept(form: TrialForm, sent: dict[str, tuple[str, bytes] | None]) -> TrialForm:
    """The form with what came in files as text, so that it can be mended where it stands; browsers forget files."""
    data = {name: form.data.get(name, "") for name in form.fields}
    form.data = data
    for field, found in sent.items():
        if found and not data[f"{field}_text"] and len(found[1]) <= PASTED:
            try:
                text = found[1].decode("utf-8-sig")
            except UnicodeDecodeError:
                continue  # a workbook
            if "\0" not in text:
                data[f"{field}_text"] = text
    return form


@dataclass(frozen=True)
class Download:
    """A file within the page itself: nothing of it is left on the server."""

    name: str
    kilobytes: int
    href: str


_TYPES = {".csv": "text/csv;charset=utf-8", ".html": "text/html;charset=utf-8", ".zip": "application/zip"}
_LARGEST = 2 * 2**20  # what is larger is only in the archive


def _result(found: Trial) -> dict[str, Any]:
    """The rows of the index in groups that can be told apart, and the files."""
    files = {name: content for name, content in found.files.items() if len(content) <= _LARGEST}
    files["scores.zip"] = found.archive
    downloads = [
        Download(
            name,
            -(-len(content) // 1024),
            f"data:{_TYPES[name[name.rindex('.') :]]};base64,{base64.b64encode(content).decode()}",
        )
        for name, content in files.items()
    ]
    periods = []
    for period, rows in groupby(found.index, key=lambda row: row["period"]):
        numbers: list[dict[str, Any]] = [
            {**row, "score": float(row["score"]) if row["score"] else None} for row in rows
        ]
        listed = sorted(numbers, key=lambda row: (int(row["rank_group"] or 0), row["place"]))
        ranked = [row for row in listed if row["rank"]]
        without = [(row["place"], ANSWERS.get(row["why_none"], "")) for row in listed if row["score"] is None]
        groups = [list(group) for _number, group in groupby(ranked, key=lambda row: row["rank_group"])]
        periods.append({"period": period, "groups": groups, "without": without, "ranked": len(ranked)})
    return {"trial": found, "downloads": downloads, "periods": periods}
