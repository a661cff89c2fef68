"""Formulas as people type them, set as MathML: every one that is published, and what each sign becomes."""

import xml.etree.ElementTree as ET

import pytest

from dugnad.status.methods.documents import published
from dugnad.status.methods.formulas import NotAFormula, mathml


def inside(text: str) -> str:
    return mathml(text).partition(">")[2].removesuffix("</math>").replace(' mathvariant="normal"', "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a = 2", "<mi>a</mi><mo>=</mo><mn>2</mn>"),
        ("base value / 2,5", "<mfrac><mtext>base value</mtext><mn>2,5</mn></mfrac>"),
        ("(a − b) / c", "<mfrac><mrow><mi>a</mi><mo>−</mo><mi>b</mi></mrow><mi>c</mi></mfrac>"),
        ("2 × a / b", "<mn>2</mn><mo>×</mo><mfrac><mi>a</mi><mi>b</mi></mfrac>"),
        ("a^(1 / n)", "<msup><mi>a</mi><mrow><mfrac><mn>1</mn><mi>n</mi></mfrac></mrow></msup>"),
        ("m_1 + …", "<msub><mi>m</mi><mi>1</mi></msub><mo>+</mo><mi>…</mi>"),
        (
            "min(1, a)",
            "<mrow><mtext>min</mtext><mrow><mo>(</mo><mn>1</mn><mo>,</mo><mi>a</mi><mo>)</mo></mrow></mrow>",
        ),
        # The brackets of (a)(b) are two pairs, not one around everything.
        (
            "(a + b)^2 / c",
            "<mfrac><msup><mrow><mo>(</mo><mi>a</mi><mo>+</mo><mi>b</mi><mo>)</mo></mrow><mn>2</mn></msup>"
            "<mi>c</mi></mfrac>",
        ),
    ],
)  # fmt: skip
def test_what_a_sign_becomes(text: str, shown: str) -> None:
    assert inside(text) == shown


@pytest.mark.parametrize("text", ["a =", "(a + b", "a + b)", "a <script>", "= a", "a b_", "a ^", "2 2", "a; b"])
def test_what_is_no_formula(text: str) -> None:
    with pytest.raises(NotAFormula):
        mathml(text)


def test_every_published_formula_can_be_read_and_set() -> None:
    seen = 0
    for one in published().values():
        for formula in one.data["formulas"]:
            assert set(formula["says"]) == {"nb", "nn", "en"}
            for text in formula.get("formula", {}).values():
                assert ET.fromstring(mathml(text)).get("alttext") == text
                seen += 1
    assert seen >= 30
