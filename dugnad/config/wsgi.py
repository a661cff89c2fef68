"""The WSGI application that granian serves: ready pages in front, Django behind."""

import gc
import os
from contextlib import suppress

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dugnad.config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

django_application = get_wsgi_application()

from dugnad.site.ready import ReadyPages, Shelf  # noqa: E402  (models may be imported only now)

application = ReadyPages(django_application, Shelf(settings.DATA_DIR / "ready"))

# Python looks for cycles whenever some hundred more objects are there than were, and now and then among all there are,
# which takes a quarter of a second. An answer makes tens of thousands that are gone when it is given out.
gc.set_threshold(50_000)

# A ready answer passes from the thread that reads the line to one of Python's and back, and takes less time than what
# waking each of them does. On Linux a thread of this kind waits for its turn instead of interrupting the other, and
# so finds several requests waiting: a third more answers (docs/operations/performance.md).
if hasattr(os, "SCHED_BATCH"):
    with suppress(OSError):  # a container may forbid it
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
