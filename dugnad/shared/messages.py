"""Are all texts translated? And the binary catalogues Django reads. Needs no GNU gettext.

    python -m dugnad.shared.messages check      every text of every part is there in nb and nn; says what is not
    python -m dugnad.shared.messages compile    writes the .mo files that are older than their .po

Each part keeps its own catalogues, `dugnad/<part>/locale/<lang>/LC_MESSAGES/django.po`; English is in the code. The
settings compile them: Django reads them while it loads the models, and never again.
"""

import os
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("nb", "nn")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "Message": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")

Identity = tuple[str | None, str]  # context, text


def texts_in(part: Path) -> dict[Identity, str]:
    """Every text a part's code and templates say, with the file that says it first."""
    from babel.messages.extract import extract
    from django.utils.translation.template import templatize

    found: dict[Identity, str] = {}
    for path in sorted([*part.rglob("*.py"), *part.rglob("*.html"), *part.rglob("*.txt")]):
        source = path.read_text()
        if path.suffix != ".py":
            # Its output is Python between blanked-out text; the indentation of the page means nothing there.
            lines = templatize(source, origin=str(path)).splitlines()
            source = "\n".join(line.strip() for line in lines)
        for _line, text, _comments, context in extract("python", BytesIO(source.encode()), KEYWORDS):
            msgid = text if isinstance(text, str) else text[0]
            if msgid:
                found.setdefault((context, msgid), str(path.relative_to(part.parent)))
    return found


def catalogue(part: Path, lang: str) -> "Catalog":
    """A part's translations; empty when it has none."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    path = part / "locale" / lang / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return Catalog(locale=lang)
    with path.open("rb") as file:
        return read_po(file, locale=lang, abort_invalid=True)


def problems(root: Path = ROOT) -> Iterator[str]:
    """One line for every text that is not translated as it should be: part, language, text, what is wrong."""
    seen: dict[tuple[str, Identity], tuple[str, object]] = {}
    for part in sorted(path for path in root.iterdir() if (path / "__init__.py").exists()):
        used = texts_in(part)
        for lang in LANGUAGES:
            messages = {_identity(m): m for m in catalogue(part, lang) if m.id}
            for identity, where in used.items():
                if identity not in messages:
                    yield f"{part.name} {lang}: not translated: {identity[1]!r} ({where})"
            for identity, message in messages.items():
                if identity not in used:
                    yield f"{part.name} {lang}: no longer used: {identity[1]!r}"
                elif fault := _fault(message):
                    yield f"{part.name} {lang}: {fault}: {identity[1]!r}"
                # Django puts all parts' texts into one dictionary: the first part's translation would win everywhere.
                other, translation = seen.setdefault((lang, identity), (part.name, message.string))
                if translation != message.string:
                    yield f"{part.name} {lang}: translated otherwise in {other}: {identity[1]!r}"


def compile_catalogues(root: Path = ROOT) -> list[Path]:
    """Writes each .mo that is missing or older than its .po; which ones. Every process asks: where all is well, it
    imports nothing for it."""
    written = []
    for po in sorted(root.glob("*/locale/*/LC_MESSAGES/django.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
            continue
        from babel.messages.mofile import write_mo

        buffer = BytesIO()
        write_mo(buffer, catalogue(po.parents[3], po.parents[1].name))
        fresh = mo.with_suffix(f".mo.{os.getpid()}")  # several processes may begin at once
        fresh.write_bytes(buffer.getvalue())
        fresh.replace(mo)  # a server that starts meanwhile reads the old one or the new one
        written.append(mo)
    return written


def _identity(message: "Message") -> Identity:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _fault(message: "Message") -> str | None:
    """What is wrong with one translation, or None."""
    if message.fuzzy:
        return "marked fuzzy"
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    forms = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    if not all(forms) or (len(ids) == 2 and len(forms) < 2):
        return "empty"
    # The form for one may leave out the number ("one place"); the last form says everything.
    allowed, wanted = ({p for text in texts for p in _PLACEHOLDER.findall(text)} for texts in (ids, ids[-1:]))
    if any(set(_PLACEHOLDER.findall(form)) - allowed for form in forms):
        return "has other placeholders than the original"
    if wanted - set(_PLACEHOLDER.findall(forms[-1])):
        return "lacks placeholders of the original"
    return None


def main(arguments: list[str]) -> int:
    match arguments:
        case ["check"]:
            lines = list(problems())
            sys.stdout.writelines(f"{line}\n" for line in lines)
            return 1 if lines else 0
        case ["compile"]:
            compile_catalogues()
            return 0
        case _:
            sys.stderr.write(__doc__ or "")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
