"""The pages of what may be wrong: for everyone, and for the secretariat with what only it may see and do."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from dugnad.people.models import Person
from dugnad.shared.asked import asked, tell
from dugnad.shared.writing import Actor
from dugnad.standards import queries as standards
from dugnad.status import api, refusals
from dugnad.status.checks import changes, wording
from dugnad.status.checks.documents import shipped
from dugnad.status.checks.model import SEVERITIES
from dugnad.status.forms import ExplainProblemForm
from dugnad.status.models import Problem
from dugnad.status.queries import problems

ON_A_PAGE = 100
NARROWED_BY = ("kontroll", "alvor", "sett", "sted")


@asked(asks=NARROWED_BY, page_asks=("side",))
def problem_list(request: HttpRequest, form: str = "html") -> HttpResponse:
    """What the checks found in what is published: `?kontroll=`, `?sted=`, `?sett=` and `?alvor=` narrow it."""
    found = _asked(request, everything=False, form=form)
    if form == "html":
        return render(request, "status/problems.html", _shown(request, found, everything=False))
    rows = [wording.row(f.hit, f.note.reason if f.note else "") for f in found.found]
    run = found.run and {"at": found.run.at.isoformat(), "snapshot": found.run.snapshot_id}
    return api.answer_rows(form, name="problemer", columns=wording.COLUMNS, rows=rows, about={"run": run})


@asked(page_asks=(*NARROWED_BY, "side"))
def work_problems(request: HttpRequest) -> HttpResponse:
    """The same with what is not public, and a form beside each hit."""
    found = _asked(request, everything=True)
    return render(request, "status/problems.html", {**_shown(request, found, everything=True), "may_explain": True})


def explain_problem(request: HttpRequest, pk: int) -> HttpResponse:
    """Write why a hit is no fault."""
    problem = get_object_or_404(Problem, pk=pk)
    form = ExplainProblemForm(request.POST, auto_id=f"%s-{pk}")
    back = f"{reverse('status:work_problems')}?kontroll={problem.code}"
    if not form.is_valid():
        found = problems.overview(everything=True, check=problem.code)
        context = {**_shown(request, found, everything=True), "may_explain": True, "refused": form, "refused_pk": pk}
        return render(request, "status/problems.html", context, status=422)
    assert isinstance(request.user, Person), "the policy lets in only who has signed in"
    changes.explain_problem(problem=problem, reason=form.cleaned_data["reason"], by=Actor.person(request.user))
    messages.success(request, _("Explained. It stays listed until its value changes."))
    return redirect(back)


def _asked(request: HttpRequest, *, everything: bool, form: str = "html") -> problems.ProblemOverview:
    check, severity, chosen_set, place = (request.GET.get(name, "").strip() for name in NARROWED_BY)
    checks = problems.checks_seen(everything=everything)
    codes, unclear = problems.places_meant(place)
    sets = [one.id for one in standards.sets()]
    tell(
        request,
        form,
        ("kontroll", refusals.check_said(check, checks, form)),
        ("alvor", refusals.word_said("alvor", severity, SEVERITIES)),
        ("sett", refusals.word_said("sett", chosen_set, sets)),
        ("sted", refusals.places_said(unclear)),
    )
    return problems.overview(
        everything=everything,
        check=check if check in checks else "",
        codes=codes,
        indicator_set=chosen_set if chosen_set in sets else "",
        severity=severity if severity in SEVERITIES else "",
    )


def _shown(request: HttpRequest, found: problems.ProblemOverview, *, everything: bool) -> dict[str, Any]:
    side, pages = request.GET.get("side", ""), Paginator(found.found, ON_A_PAGE)
    tell(request, "html", ("side", refusals.side_said(side, pages.num_pages)))
    page = pages.get_page(side)
    return {
        "found": found,
        "page": page,
        "counted": wording.counted(found.counts),
        "kept_back": len(shipped()) - found.checks,
        "counts": [(shipped()[code], count) for code, count in found.counts.items()],
        "severities": [(severity, wording.SEVERITY[severity]) for severity in SEVERITIES],
        "sets": standards.sets(),
        "asked": {name: request.GET.get(name, "") for name in NARROWED_BY},
        "all_checks": problems.checks_seen(everything=everything).values(),
        "chosen": shipped().get(request.GET.get("kontroll", "")),
    }
