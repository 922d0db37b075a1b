"""template_reader.py: what is a template, what is none, and how that is said."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrobblerd.ctl.template.template_reader import (
    MAX_NESTED,
    MAX_TEMPLATE_CHARACTERS,
    TemplateError,
    read,
)

FIELDS = ("artist", "title", "album", "player", "status", "loved", "length")
PIECES = (
    *("{", "}", "{{", "}}", "(", ")", ",", "+", "==", "!=", '"', "'", " ", "\n", "\x1b[31m"),
    *("if", "else", "end", "not", "title", "trunc(", "uc(", "default(", "duration(", "7", "length"),
    *("{if title}", "{else}", "{end}", "{title}", "\u202e", "שרך", "%s", "{0}", "__class__"),
    *(".", ":"),
)


def error(template: str) -> str:
    """What is said of a template that is wrong."""
    with pytest.raises(TemplateError) as refused:
        read(template, FIELDS, ("length",))
    return str(refused.value)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{titel}", 'at character 2, "titel}": there is no field titel; did you mean title?'),
        ("ab {playerName}", 'at character 5, "playerName}": there is no field playerName; did'),
        ("{xesam:artist}", "there is no field xesam:artist; did you mean artist?"),
        ("{zzz}", "there is no field zzz; there are artist, title, album, player, status"),
        ("{truncate(title, 3)}", "there is no function truncate; did you mean trunc?"),
        ("{zzz(title)}", "there is no function zzz; there are trunc, default, markup_escape"),
        ("{uc}", "uc is a function: write uc(artist)"),
        ("{trunc(title)}", "trunc takes 2 values, not 1, as in trunc(title, 30)"),
        ("{uc()}", "uc takes 1 value, not 0, as in uc(artist)"),
        ("{trunc(title, album)}", "trunc takes a number of characters, as in trunc(title, 30)"),
        ("{duration(title)}", "duration takes a time, as in duration(length)"),
        ("{emoji(title)}", "emoji takes status or loved, as in emoji(status)"),
        ('{emoji("Paused")}', "emoji takes status or loved"),
        ("{trunc(title, 1234567890)}", "this number is too large"),
        ("{}", 'at character 2, "}": a field, a function or a text in quotes is missing'),
        ("{", "at its end: a field, a function or a text in quotes is missing"),
        ("{title", "at its end: } is missing"),
        ("{title!r}", 'at character 7, "!r}": } is missing: nothing else can stand here'),
        ("{title:>9}", 'at character 7, ":>9}": } is missing'),
        ("{title[0]}", 'at character 7, "[0]}": } is missing'),
        ("{title.__class__}", "there is no field title.__class__"),
        ("{uc(title}", "a , or the ) of uc( is missing"),
        ('{uc("a)}', "the quote that ends this text is missing"),
        ("{0}", "a number is no field"),
        ("a } b", 'at character 3, "} b": a } without a {: write }} for a brace'),
        ("{if album}x", 'at character 1, "{if album}x": this {if …} has no {end}'),
        ("{if album}x{else}y", "at character 1"),
        ("x{end}", 'at character 2, "{end}": {end} has no {if …} before it'),
        ("{else}", "{else} has no {if …} before it"),
        ("{if album}{else}{else}{end}", "at character 17"),
        ("{if}{end}", "at character 4"),
        ('{if not album == "x"}{end}', "write != instead of =="),
        ("{if album title}{end}", "} is missing"),
        ("{" + "uc(" * (MAX_NESTED + 1), f"more than {MAX_NESTED} functions or conditions"),
        ("{if album}" * (MAX_NESTED + 1), f"more than {MAX_NESTED} functions or conditions"),
        ("x" * (MAX_TEMPLATE_CHARACTERS + 1), "longer than 4,000 characters"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(template: str, words: str) -> None:
    assert words in error(template)


def test_an_error_quotes_little_of_a_template() -> None:
    for template in ("{" + "x" * 3000, "{title " + "y" * 3000, "{" + "x:" * 900):
        assert len(error(template)) < 300


def test_the_fields_that_are_named_are_known_wherever_they_stand() -> None:
    template = '{if loved}{uc(default(album, title + ""))}{end}{if status == artist}{end}'
    named = read(template, FIELDS, ()).fields
    assert named == {"loved", "album", "title", "status", "artist"}


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.text(max_size=200))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_template_or_is_refused_by_its_own_error(template: str) -> None:
    values = dict.fromkeys(FIELDS, "x") | {"loved": True, "length": 3.0}
    try:
        filled = read(template, FIELDS, ("length",)).fill(values, markup=True, isolates=True)
    except TemplateError:
        return
    assert len(filled) < 10 * len(template) + 10


def test_the_longest_templates_are_read_at_once() -> None:
    begun = time.monotonic()
    for piece in ("{title}", "{{", "{if album}{end}", '{uc("a")}', '{"' + "x" * 90 + '"}'):
        read(piece * (MAX_TEMPLATE_CHARACTERS // len(piece)), FIELDS, ())
    for piece in ("{", "(", '"', "{title+", "{uc(", "title "):
        error("{title + " + piece * (MAX_TEMPLATE_CHARACTERS // len(piece) - 2))
    assert time.monotonic() - begun < 2
