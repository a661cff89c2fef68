from django.urls import re_path

from dugnad.status import views

# A page, or the same as data: /kommune/4003, /kommune/4003.json, /kommune/4003.csv.
FORM = r"(?:\.(?P<form>json|csv))?$"
PLACE = r"(?P<key>[\w-]+)"
# u4ssc.2017.EC:ICT:ICT:1C, sdg.2020.1.1.1
VERSION = r"(?P<version_id>[a-z][a-z0-9-]*\.[A-Za-z0-9-]+\.[A-Za-z0-9:_.-]+?)"

MUNICIPALITY, COUNTY = {"kind": "municipality"}, {"kind": "county"}

app_name = "status"
urlpatterns = [
    re_path(rf"^kommune/{PLACE}{FORM}", views.place, MUNICIPALITY, name="place"),
    re_path(rf"^kommune/{PLACE}/mal/(?P<goal>[1-9]\d?){FORM}", views.place_goal, MUNICIPALITY, name="place_goal"),
    re_path(rf"^fylke/{PLACE}{FORM}", views.place, COUNTY, name="county"),
    re_path(rf"^fylke/{PLACE}/mal/(?P<goal>[1-9]\d?){FORM}", views.place_goal, COUNTY, name="county_goal"),
    re_path(rf"^indikator/{VERSION}/metode{FORM}", views.method, name="method"),
    re_path(rf"^indikator/{VERSION}{FORM}", views.indicator, name="indicator"),
    re_path(rf"^sammenlign{FORM}", views.compare, name="compare"),
    re_path(rf"^publisering/{FORM}", views.releases, name="releases"),
    re_path(rf"^publisering/(?P<dataset>[a-z0-9-]+)/(?P<number>\d+){FORM}", views.release, name="release"),
]
