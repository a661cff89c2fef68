from typing import Any

from django.urls import path, register_converter

from dugnad.status import views


class Suffix:
    """The form of an answer: a page without suffix, or the same as `.json` or `.csv`."""

    regex = r"(?:\.json|\.csv)?"

    def to_python(self, value: str) -> str:
        return value.removeprefix(".") or "html"

    def to_url(self, value: Any) -> str:
        return "" if value in ("", "html") else f".{value}"


class VersionId:
    """The id of an indicator version: `u4ssc.2017.EC:ICT:ICT:1C`, `sdg.2020.1.1.1`."""

    regex = r"[a-z][a-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9:_.-]+?"

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


register_converter(Suffix, "suffix")
register_converter(VersionId, "version")

app_name = "status"
urlpatterns = [
    path("kommune/<slug:key><suffix:form>", views.place, {"kind": "municipality"}, name="place"),
    path(
        "kommune/<slug:key>/mal/<int:goal><suffix:form>", views.place_goal, {"kind": "municipality"}, name="place_goal"
    ),
    path("fylke/<slug:key><suffix:form>", views.place, {"kind": "county"}, name="county"),
    path("fylke/<slug:key>/mal/<int:goal><suffix:form>", views.place_goal, {"kind": "county"}, name="county_goal"),
]
