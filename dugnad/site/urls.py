"""Root URLs: every part's own, in their order, under a language prefix."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [*i18n_patterns()]
