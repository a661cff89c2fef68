from django.urls import path, re_path

from dugnad.status import (
    calendar_views,
    explain_views,
    import_views,
    indicator_views,
    method_views,
    problem_views,
    release_views,
    views,
    vintage_views,
)

# A page, or the same as data: /kommune/4003, /kommune/4003.json, /kommune/4003.csv.
FORM = r"(?:\.(?P<form>json|csv))?$"
PLACE = r"(?P<key>[\w-]{1,100})"
SET = r"(?P<set_id>[a-z][a-z0-9-]*)"
# u4ssc.2017.EC:ICT:ICT:1C, sdg.2020.1.1.1; also u4ssc.EC:ICT:ICT:1C and u4ssc:EC:ICT:ICT:1C, the one of today
VERSION = r"(?P<version_id>[a-z][a-z0-9-]*[.:][A-Za-z0-9:_.-]+?)"
PERIOD = r"(?P<period>[\w-]{1,40}(?:/\w{1,40})?)"  # 2024, 2024-Q1, 2018-01-01/P7Y
RELEASE = r"(?P<dataset>[a-z0-9-]+)/(?P<number>[1-9][0-9]{0,8})"
METHOD = r"(?P<name>[a-z0-9-]+)(?:\.(?P<file_form>json|yaml))?$"

MUNICIPALITY, COUNTY = {"kind": "municipality"}, {"kind": "county"}

app_name = "status"
urlpatterns = [
    re_path(rf"^kommune/{PLACE}{FORM}", views.place, MUNICIPALITY, name="place"),
    re_path(rf"^kommune/{PLACE}/mal/(?P<goal>[1-9][0-9]?){FORM}", views.place_goal, MUNICIPALITY, name="place_goal"),
    re_path(rf"^kommune/{PLACE}/sett/{SET}{FORM}", views.place_set, MUNICIPALITY, name="place_set"),
    re_path(rf"^kommune/{PLACE}/lignende{FORM}", views.alike, name="alike"),
    re_path(rf"^fylke/{PLACE}{FORM}", views.place, COUNTY, name="county"),
    re_path(rf"^fylke/{PLACE}/mal/(?P<goal>[1-9][0-9]?){FORM}", views.place_goal, COUNTY, name="county_goal"),
    re_path(rf"^fylke/{PLACE}/sett/{SET}{FORM}", views.place_set, COUNTY, name="county_set"),
    re_path(rf"^kommune/{PLACE}/historikk/{VERSION}{FORM}", vintage_views.history, MUNICIPALITY, name="place_vintages"),
    re_path(rf"^fylke/{PLACE}/historikk/{VERSION}{FORM}", vintage_views.history, COUNTY, name="county_vintages"),
    re_path(rf"^indikator/{VERSION}/metode{FORM}", indicator_views.method, name="method"),
    re_path(rf"^indikator/{VERSION}{FORM}", indicator_views.indicator, name="indicator"),
    re_path(rf"^forklar/{VERSION}/{PLACE}(?:/{PERIOD})?{FORM}", explain_views.explain, name="explain"),
    re_path(rf"^metode/{FORM}", method_views.methods, name="methods"),
    path("metode/prov", method_views.trial, name="try_method"),
    re_path(rf"^metode/{METHOD}", method_views.method_document, name="method_document"),
    re_path(rf"^sammenlign{FORM}", views.compare, name="compare"),
    re_path(r"^kalender(?:\.(?P<form>json|csv|ics))?$", calendar_views.calendar, name="calendar"),
    re_path(rf"^publisering/{FORM}", release_views.releases, name="releases"),
    re_path(rf"^publisering/{RELEASE}\.parquet$", release_views.release_parquet, name="release_parquet"),
    re_path(rf"^publisering/{RELEASE}{FORM}", release_views.release, name="release"),
    re_path(rf"^problemer{FORM}", problem_views.problem_list, name="problems"),
    path("arbeid/problemer", problem_views.work_problems, name="work_problems"),
    path("arbeid/problemer/<int:pk>/forklar", problem_views.explain_problem, name="explain_problem"),
    path("arbeid/import/", import_views.imports, name="imports"),
    path("arbeid/import/ny", import_views.new_import, name="new_import"),
    path("arbeid/import/<int:pk>", import_views.import_, name="import"),
    path("arbeid/import/<int:pk>/publiser", import_views.publish_import, name="publish_import"),
    path("arbeid/import/<int:pk>/avvis", import_views.refuse_import, name="refuse_import"),
    path("arbeid/import/<int:pk>/planlegg", import_views.schedule_import, name="schedule_import"),
    path("arbeid/import/<int:pk>/flytt", import_views.move_import, name="move_import"),
    path("arbeid/import/<int:pk>/avlys", import_views.cancel_import, name="cancel_import"),
    path("arbeid/import/<int:pk>/trekk", import_views.withdraw_release, name="withdraw_release"),
]
