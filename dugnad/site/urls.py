"""Root URLs: every part's own, in their order, under a language prefix."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from dugnad.shared.asked import asked
from dugnad.site import feeds, machines, views

pages = [
    path("", views.front, name="front"),
    path("sok", views.search, name="search"),
    path("om/", views.page, {"name": "about"}, name="about"),
    path("om/tallene", views.page, {"name": "numbers"}, name="numbers"),
    path("om/smaa-tall", views.page, {"name": "small_numbers"}, name="small_numbers"),
    path("om/data", views.page, {"name": "data"}, name="data"),
    path("om/tilgjengelighet", views.page, {"name": "accessibility"}, name="accessibility"),
    path("om/personvern", views.page, {"name": "privacy"}, name="privacy"),
    path("om/meld-fra", views.feedback, name="feedback"),
    path("publisering.atom", asked(feeds.Releases(), form="atom"), name="feed"),
    path("revisjoner.atom", asked(feeds.Revisions(), form="atom"), name="revisions_feed"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.choose_language, name="choose_language"),
    path("healthz", machines.health, name="health"),
    path("robots.txt", machines.robots, name="robots"),
    path("sitemap.xml", machines.sitemap_index, name="sitemap"),
    path("sitemap-<slug:section>-<int:number>.xml", machines.sitemap, name="sitemap-part"),
    path(".well-known/security.txt", machines.security, name="security"),
    *i18n_patterns(
        path("", include((pages, "site"))),
        path("", include("dugnad.people.urls")),
        path("", include("dugnad.standards.urls")),
        path("", include("dugnad.status.urls")),
        prefix_default_language=True,
    ),
]

handler400 = "dugnad.site.views.bad_request"
handler403 = "dugnad.site.views.forbidden"
handler404 = "dugnad.site.views.not_found"
handler500 = "dugnad.site.views.broken"
