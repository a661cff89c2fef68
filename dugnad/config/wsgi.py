"""The WSGI application that granian serves: ready pages in front, Django behind."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dugnad.config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

django_application = get_wsgi_application()

from dugnad.site.ready import ReadyPages, Shelf  # noqa: E402  (models may be imported only now)

application = ReadyPages(django_application, Shelf(settings.DATA_DIR / "ready"))
