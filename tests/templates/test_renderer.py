"""Templates: every shipped text renders with what callers give it, and nothing else gets in or out."""

import pytest

from conversations.language import LANGUAGES
from templates.renderer import Script, TemplateBroken, in_every_language, render, render_shipped, scripts

CONTEXT = {"contact": {"name": "李雷"}, "agent": {"name": "韩梅梅"}}
"""What a canned reply may speak of."""

SHIPPED = {"survey/question.txt": 1, "survey/options.txt": 5, "survey/thanks.txt": 1, "blocking/answer.txt": 1}
"""Texts that the product sends by itself, and how many lines they have."""

EVERY_SCRIPT = [
    pytest.param(script, id=f"{language}-{script.key}") for language in LANGUAGES for script in scripts(language)
]


@pytest.mark.parametrize("script", EVERY_SCRIPT)
@pytest.mark.parametrize("name", ["李雷", ""])
def test_every_script_renders_for_people_with_and_without_a_name(script: Script, name: str) -> None:
    text = render(script.body, {**CONTEXT, "contact": {"name": name}})
    assert script.title
    assert text
    assert text == text.strip()
    assert "{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_text_renders_without_any_data(language: str, name: str) -> None:
    assert len(render_shipped(name, language, {}).splitlines()) == SHIPPED[name]


def test_a_text_is_given_in_every_language() -> None:
    found = in_every_language("blocking/answer.txt")
    assert set(found) == set(LANGUAGES)
    assert "投诉" in found["zh-CN"]
    assert "complain" in found["en"]


def test_every_language_has_the_same_scripts() -> None:
    assert len({tuple(script.key for script in scripts(language)) for language in LANGUAGES}) == 1


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("en-GB", "en"),
        ("en", "en"),
        ("EN", "en"),
        ("zh-TW", "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("fr", "zh-CN"),
        ("", "zh-CN"),
    ],
)
def test_a_language_gets_the_nearest_texts(asked: str, given: str) -> None:
    assert scripts(asked) == scripts(given)
    assert render_shipped("survey/thanks.txt", asked, {}) == render_shipped("survey/thanks.txt", given, {})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("{{ nobody }}", id="unknown variable"),
        pytest.param("{{ contact.phone }}", id="unknown field"),
        pytest.param("{% if nobody %}x{% endif %}", id="unknown in a condition"),
        pytest.param("{{ contact.name ", id="not closed"),
        pytest.param("{% include 'secret' %}", id="another file"),
        pytest.param("{{ ''.__class__.__mro__ }}", id="classes"),
        pytest.param("{{ contact.__class__ }}", id="a class of the data"),
        pytest.param("{{ contact.update({'name': 'x'}) }}", id="changing the data"),
        pytest.param("{{ self.__init__.__globals__ }}", id="globals"),
        pytest.param("{{ ''|attr('__class__') }}", id="attributes by name"),
        pytest.param("{{ '{0.__class__}'.format(contact) }}", id="attributes by format"),
    ],
)
def test_what_is_unknown_or_not_allowed_breaks_loudly(body: str) -> None:
    with pytest.raises(TemplateBroken):
        render(body, CONTEXT)


def test_a_template_that_would_take_for_ever_breaks() -> None:
    with pytest.raises(TemplateBroken):
        render("{% for a in range(100000000) %}{% endfor %}", CONTEXT)


def test_an_error_in_the_data_breaks_the_template_and_not_the_program() -> None:
    with pytest.raises(TemplateBroken):
        render("{{ 1 / 0 }}", CONTEXT)


def test_text_is_not_escaped() -> None:
    assert render("{{ contact.name }}", {"contact": {"name": "A & B <c>"}}) == "A & B <c>"
