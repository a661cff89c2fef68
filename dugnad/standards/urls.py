from django.urls import re_path

from dugnad.standards import views

# A page, or the same as data: /mal/4, /mal/4.json, /mal/4.csv. An expression, so that the form can be left out of a
# link: {% url "standards:goal" 4 %}.
FORM = r"(?:\.(?P<form>json|csv))?$"

app_name = "standards"
urlpatterns = [
    re_path(rf"^mal/{FORM}", views.goals, name="goals"),
    re_path(rf"^mal/(?P<number>[1-9][0-9]?){FORM}", views.goal, name="goal"),
    re_path(rf"^indikatorsett/{FORM}", views.sets, name="sets"),
    re_path(rf"^indikatorsett/(?P<set_id>[a-z][a-z0-9-]*){FORM}", views.indicator_set, name="set"),
]
