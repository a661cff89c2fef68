"""A method on a file that a stranger sends: computed in the limited child (`status/reading.py`), and nothing is kept.

    trial = try_method(Sent("tall.csv", values), Sent("metode.yaml", method), extends="sdg-index", lang="nb")

The child has settings of its own with nothing in them but where the definitions and the texts are.
"""

import csv
import io
import json
import logging
import tempfile
import threading
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from dugnad.shared.errors import Refusal
from dugnad.status.reading import Limits, child, limit, run_limited, too_much_for

logger = logging.getLogger(__name__)

MEGABYTES = 10  # some 200,000 values
LIMITS = Limits(
    content_bytes=MEGABYTES * 2**20, memory_bytes=3 * 2**30, cpu_seconds=30, seconds=45, answer_bytes=200 * 2**20
)
FILES = ("indicators.csv", "goals.csv", "index.csv", "report.html")
PATIENCE = 5.0  # seconds to wait for another trial of this process to end
_PACKAGE = Path(__file__).resolve().parent.parent.parent
_one_at_a_time = threading.BoundedSemaphore(1)


@dataclass(frozen=True)
class Sent:
    """A file as it came: the name it was sent by, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Trial:
    """What came of it: the method it was computed by, what to know first, the files, and the rows of the index."""

    method: str
    title: str
    findings: list[str]
    files: dict[str, bytes]
    index: list[dict[str, str]]

    @property
    def archive(self) -> bytes:
        """All files in one."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in self.files.items():
                packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return out.getvalue()


def try_method(values: Sent, method: Sent, *, extends: str, lang: str, limits: Limits = LIMITS) -> Trial:
    """Scores of the values by the method; Refusal in one sentence where either cannot be followed."""
    for sent in (values, method):
        if len(sent.content) > limits.content_bytes:
            raise Refusal(
                _("The file is larger than %(size)d MB") % {"size": limits.content_bytes // 2**20},
                sent.name,
                _("Send fewer values, or run dugnad score on a machine of your own."),
            )
    if not _one_at_a_time.acquire(timeout=PATIENCE):
        raise Refusal(_("Another file is being computed just now"), values.name, _("Try again in a moment."))
    try:
        with tempfile.TemporaryDirectory(prefix="dugnad-trial-") as name:
            return _tried(Path(name), values, method, extends, lang, limits)
    finally:
        _one_at_a_time.release()


def _tried(folder: Path, values: Sent, method: Sent, extends: str, lang: str, limits: Limits) -> Trial:
    own = folder / "sent"
    own.mkdir()
    names = _safe_name(values.name, "values.csv"), _safe_name(method.name, "method.yaml")
    if names[0] == names[1]:
        names = f"values-{names[0]}", names[1]
    for name, sent in zip(names, (values, method), strict=True):
        (own / name).write_bytes(sent.content)
    request = {"values": names[0], "method": names[1], "extends": extends, "lang": lang}
    request["definitions"] = str(settings.DEFINITIONS_DIR)
    (folder / "request.json").write_text(json.dumps(request))
    with (folder / "request.json").open("rb") as nothing_more:
        code = run_limited("dugnad.status.methods.trial", [], nothing_more, folder, limits)
    if code is None or code < 0:
        raise too_much_for(values.name)
    try:
        said: dict[str, Any] = json.loads((folder / "answer.json").read_bytes())
        if told := said.get("refusal"):
            raise Refusal(*map(str, told))
        if said.get("out_of_memory"):
            raise too_much_for(values.name)
        files = {name: (folder / "out" / name).read_bytes() for name in FILES}
        index = list(csv.DictReader(io.StringIO(files["index.csv"].decode())))
        return Trial(str(said["method"]), str(said["title"]), [*map(str, said["findings"])], files, index)
    except (OSError, ValueError, TypeError, KeyError):
        errors = (folder / "errors").read_text(errors="replace")[-4000:]
        logger.error("trial_failed", extra={"code": code, "errors": errors})
        raise Refusal(
            _("The scores could not be computed"), values.name, _("Report this as a fault, with the method.")
        ) from None


def _safe_name(name: str, otherwise: str) -> str:
    """The file's own name without what no file name needs."""
    return "".join(c for c in name if c.isprintable() and c not in "/\\")[-60:].lstrip(". ") or otherwise


def main(arguments: list[str]) -> None:
    """The child: settle what Django asks for, limit itself, score, and leave an answer in the folder."""
    import django

    folder = Path(arguments[0])
    request = json.loads((folder / "request.json").read_bytes())
    settings.configure(
        DEFINITIONS_DIR=Path(request["definitions"]),
        LOCALE_PATHS=[str(path) for path in sorted(_PACKAGE.glob("*/locale"))],
        LANGUAGES=[("nb", "nb"), ("nn", "nn"), ("en", "en")],
        LANGUAGE_CODE="nb",
        USE_TZ=True,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [str(_PACKAGE / "status" / "templates")],
            }
        ],
    )
    django.setup()
    from django.utils import translation

    from dugnad.status.methods import ranks

    ranks.WORKERS = 1
    with translation.override(request["lang"]):
        try:
            said = _scored(folder, request, *map(int, arguments[1:4]))
        except Refusal as refusal:
            said = {"refusal": [refusal.what, refusal.where, refusal.remedy]}
        except MemoryError:
            said = {"out_of_memory": True}
    (folder / "answer.json").write_text(json.dumps(said))


def _scored(folder: Path, request: dict[str, str], *limits: int) -> dict[str, Any]:
    from dugnad.shared.text import translate
    from dugnad.status.methods import outputs
    from dugnad.status.methods.documents import read_method
    from dugnad.status.methods.scoring import score
    from dugnad.status.methods.values import read_values

    limit(*limits)
    method = read_method(folder / "sent" / request["method"], extends=request["extends"])
    values = read_values(folder / "sent" / request["values"])
    scores = score(values, method)
    outputs.write(scores, folder / "out", lang=request["lang"])
    title = translate(method.title, request["lang"])
    return {"method": method.id, "title": title, "findings": list(outputs.findings(scores))}


if __name__ == "__main__":
    child(main)
