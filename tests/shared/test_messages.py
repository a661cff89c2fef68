"""The check of translations finds what is wrong with them."""

from pathlib import Path

import pytest

from dugnad.shared.messages import compile_catalogues, problems

HEAD = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
GREETING = 'msgid "Hello %(name)s"\nmsgstr "Hei %(name)s"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One part with a text in its code and one in a template, translated as they should be."""
    part = tmp_path / "greetings"
    (part / "templates").mkdir(parents=True)
    (part / "__init__.py").write_text(
        'from django.utils.translation import gettext as _\n\nHELLO = _("Hello %(name)s")\n'
    )
    (part / "templates" / "page.html").write_text(
        "{% load i18n %}<p>\n  {% blocktranslate trimmed count n=n %}\n   {{ n }} place\n"
        "  {% plural %}\n  {{ n }} places{% endblocktranslate %}</p> it's"
    )
    write(tmp_path, places('"%(n)s sted"', '"%(n)s steder"'))
    return tmp_path


def places(one: str, many: str, greeting: str = GREETING) -> str:
    return f'{greeting}\nmsgid "%(n)s place"\nmsgid_plural "%(n)s places"\nmsgstr[0] {one}\nmsgstr[1] {many}\n'


def write(root: Path, text: str, langs: tuple[str, ...] = ("nb", "nn"), part: str = "greetings") -> None:
    for lang in langs:
        folder = root / part / "locale" / lang / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "django.po").write_text(HEAD + text)


def test_nothing_is_wrong_with_complete_translations(root: Path) -> None:
    assert list(problems(root)) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (places('"%(n)s stad"', '"%(n)s stader"', greeting=""), "greetings nn: not translated: 'Hello %(name)s'"),
        (places('"%(n)s stad"', '""'), "greetings nn: empty: '%(n)s place'"),
        (places('"éin stad"', '"mange stader"'), "greetings nn: lacks placeholders of the original: '%(n)s place'"),
        (
            places('"%(n)s stad"', '"%(n)s stader"', greeting=GREETING.replace('"Hei %(name)s', '"Hei %(namn)s')),
            "greetings nn: has other placeholders than the original: 'Hello %(name)s'",
        ),
        (
            places('"%(n)s stad"', '"%(n)s stader"', "#, fuzzy\n" + GREETING),
            "greetings nn: marked fuzzy: 'Hello %(name)s'",
        ),
        (
            places('"%(n)s stad"', '"%(n)s stader"') + '\nmsgid "Bye"\nmsgstr "Ha det"\n',
            "greetings nn: no longer used: 'Bye'",
        ),
    ],
)
def test_each_fault_is_named_with_part_language_and_text(root: Path, text: str, line: str) -> None:
    write(root, text, ("nn",))
    assert [problem.split(" (")[0] for problem in problems(root)] == [line]


def test_the_form_for_one_may_leave_out_the_number(root: Path) -> None:
    write(root, places('"éin stad"', '"%(n)s stader"'), ("nn",))
    assert list(problems(root)) == []


def test_two_parts_that_translate_one_text_differently_are_found(root: Path) -> None:
    (root / "farewells").mkdir()
    (root / "farewells" / "__init__.py").write_text((root / "greetings" / "__init__.py").read_text())
    write(root, GREETING.replace("Hei", "Hallo"), part="farewells")
    assert "greetings nb: translated otherwise in farewells: 'Hello %(name)s'" in list(problems(root))


def test_only_catalogues_that_changed_are_compiled(root: Path) -> None:
    assert [path.name for path in compile_catalogues(root)] == ["django.mo", "django.mo"]
    assert compile_catalogues(root) == []
