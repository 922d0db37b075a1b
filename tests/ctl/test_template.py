"""template.py: what a template shows, part by part."""

import pytest

from scrobblerd.ctl.template.template import FUNCTIONS, Value, escape
from scrobblerd.ctl.template.template_reader import read

TIMES = ("heard", "length", "position")
VALUES: dict[str, Value] = {
    "artist": "Mira <& 'Holt'",
    "title": "Slow Harbour",
    "album": "",
    "status": "Paused",
    "loved": True,
    "heard": 0.0,
    "length": 187.4,
    "position": None,
    "percent": 0,
}
FAMILY = "👨‍👩‍👧"


def line(template: str, markup: bool = False, isolates: bool = False, **other: Value) -> str:
    """The line of a template."""
    values = VALUES | other
    return read(template, values, TIMES).fill(values, markup=markup, isolates=isolates)


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("", ""),
        ("{artist} – {title}", "Mira <& 'Holt' – Slow Harbour"),
        ("{{}} {{title}} }}{{", "{} {title} }{"),
        ("{{{title}}}", "{Slow Harbour}"),
        ("{heard} {length} {percent} %s \\n", "0:00 3:07 0 %s \\n"),
        ("{loved}|{position}|{album}", "♥||"),
    ],
)
def test_fields_stand_in_braces_and_all_else_as_it_is(template: str, shown: str) -> None:
    assert line(template) == shown


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{trunc(title, 12)}", "Slow Harbour"),
        ("{trunc(title, 5)}", "Slow …"),
        ("{trunc(title, 0)}", "…"),
        ('{trunc("", 0)}', ""),
        ('{trunc(artist + " – " + title, 18)}', "Mira <& 'Holt' – S…"),
        ('{default(album, "no album")}', "no album"),
        ("{default(title, album)}", "Slow Harbour"),
        ("{default(position, length)}", "3:07"),
        ("{duration(length)} {duration(3723)}", "3:07 1:02:03"),
        ("{duration(default(position, 90))}|{duration(position)}", "1:30|"),
        ("{lc(status)} {uc(lc(title))}", "paused SLOW HARBOUR"),
        ("{emoji(status)} {emoji(loved)}", "⏸️ ❤️"),
        ("{markup_escape(artist)}", "Mira &lt;&amp; &apos;Holt&apos;"),
        ('@{ uc( "hi" ) } - {uc( lc( \'HO"\'  ) ) }@', '@HI - HO"@'),
    ],
)
def test_functions_do_what_those_of_playerctl_do(template: str, shown: str) -> None:
    assert line(template) == shown


def test_the_example_of_every_function_can_be_written() -> None:
    for name, function in FUNCTIONS.items():
        assert function.call.startswith(f"{name}(")
        assert line(f"{{{function.call}}}", album="Tidewater")


@pytest.mark.parametrize("whole", [FAMILY, "e\u0301", "👍🏽", "🇩🇪", "ห้", "한".encode().decode()])
def test_what_is_cut_keeps_whole_characters(whole: str) -> None:
    assert line("{trunc(title, 2)}", title=f"{whole}{whole}{whole}") == f"{whole}{whole}…"


@pytest.mark.parametrize(
    ("status", "shown"), [("Playing", "▶️"), ("Paused", "⏸️"), ("Stopped", "⏹️"), ("Odd", "")]
)
def test_each_status_has_its_emoji(status: str, shown: str) -> None:
    assert line("{emoji(status)}", status=status) == shown


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        *(("title", True), ("album", False), ("loved", True), ("length", True)),
        *(("position", False), ("heard", False), ("percent", False), ("not album", True)),
        *(("not title", False), ('status == "paused"', True), ('status != "Paused"', False)),
        *(("percent == 0", True), ("title == artist", False), ("trunc(album, 3)", False)),
        *(('default(album, title) == "Slow Harbour"', True), ("album == ''", True)),
    ],
)
def test_a_condition_shows_one_of_two_parts(condition: str, holds: bool) -> None:
    assert line(f"{{if {condition}}}a{{else}}b{{end}}") == ("a" if holds else "b")
    assert line(f"<{{if {condition}}}({{title}}){{end}}>") == (
        "<(Slow Harbour)>" if holds else "<>"
    )


def test_conditions_stand_within_each_other() -> None:
    template = "{if loved}{if album}1{else}2{end}{else}{if album}3{else}4{end}{end}"
    assert [
        line(template, loved=loved, album=album) for loved in (True, False) for album in ("x", "")
    ] == ["1", "2", "3", "4"]


# -- markup ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("<b>{artist}</b> &", "<b>Mira &lt;&amp; &apos;Holt&apos;</b> &"),
        ("{trunc(artist, 6)}", "Mira &lt;…"),
        ("{markup_escape(artist)}", "Mira &lt;&amp; &apos;Holt&apos;"),
        ('{default(album, "<none>")}', "&lt;none&gt;"),
        ("{if loved}<i>{artist}</i>{end}", "<i>Mira &lt;&amp; &apos;Holt&apos;</i>"),
    ],
)
def test_with_markup_what_fields_say_is_escaped_once(template: str, shown: str) -> None:
    assert line(template, markup=True) == shown


def test_what_is_escaped_is_read_by_xml_as_it_was() -> None:
    from xml.etree import ElementTree as ET

    text = '<b>"it\'s" & <more>'
    assert ET.fromstring(f"<span>{escape(text)}</span>").text == text


# -- names that run from right to left ------------------------------------------------------------


def test_names_from_right_to_left_are_isolated_and_no_others() -> None:
    shown = line("{artist} – {title} {heard}", isolates=True, artist="Mira", title="שרך (Live)")
    assert shown == "Mira – \u2068שרך (Live)\u2069 0:00"
    assert "\u2068" not in line("{artist} – {title}", title="שרך")
