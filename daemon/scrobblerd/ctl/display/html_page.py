"""Pure: draws figures as one HTML page that needs no network, no script and no other file.

All foreign text goes through `_safe`. Charts are stretched to the width of the page, so they hold
no text, which would be stretched too. Tables show the same figures.
"""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from ...core.text import for_people
from . import formats
from .statistics import Period, beginning, busiest, listening_time, long_verdict, periods, share

MAX_COLUMNS = 124
"""Columns of a chart, as many as can be told apart on a phone: four months of days, ten years of
months."""

MAX_ENTRIES = 20
"""Entries of a list."""

_MAX_NAME_CHARACTERS = 120

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
<header>
<h1>What was listened to</h1>
<p>{span}</p>
</header>
{content}
</main>
<footer>
<p>Made by scrobblerctl from the plays that scrobblerd heard. Days are days of local time.</p>
</footer>
</body>
</html>
"""

_CHART = """\
<figure>
<figcaption><h2>{title}</h2></figcaption>
<p class="top" aria-hidden="true">{top}</p>
<svg class="columns {kind}" role="img" aria-labelledby="{kind}-title {kind}-desc" \
viewBox="0 0 {width} 100" preserveAspectRatio="none">
<title id="{kind}-title">{title}</title>
<desc id="{kind}-desc">{what}</desc>
{columns}
</svg>
<p class="ticks" aria-hidden="true">{ticks}</p>
</figure>"""

_TABLE = """\
<table>
<caption>{caption}</caption>
<thead><tr><th scope="col">{first}</th>{others}</tr></thead>
<tbody>
{rows}
</tbody>
</table>"""


def page(document: dict[str, Any]) -> str:
    """Returns the page."""
    days = document["days"]
    begin = beginning(document)
    span = f"Since <time>{begin}</time>" if begin else ""
    span += f", until <time>{days[-1]['day']}</time>" if days else ""
    parts = ["<p>No plays were heard.</p>"]
    if document["plays"]:
        parts = [_tiles(document), _over_time(days), *_lists(document)]
    return _PAGE.format(
        title="What was listened to" + (f" since {begin}" if begin else ""),
        style=files("scrobblerd.ctl.display").joinpath("page.css").read_text(encoding="utf-8"),
        span=span,
        content="\n".join(parts),
    )


def _safe(name: str) -> str:
    """Returns foreign text for HTML: cut, without control marks, in a text direction of its own."""
    return f'<bdi lang="">{escape(for_people(name, _MAX_NAME_CHARACTERS))}</bdi>'


def _tiles(document: dict[str, Any]) -> str:
    plays, counted = document["plays"], document["counted"]
    tiles = [
        ("Plays", f"{plays:,}", ""),
        ("Counted", share(counted, plays), f"{counted:,} of {plays:,}"),
        ("Heard", listening_time(document["heard"]), ""),
    ]
    if best := busiest(document["days"]):
        said = f"{formats.count(best['counted'], 'play')}, {listening_time(best['heard'])}"
        tiles.append(("Busiest day", best["day"], said))
    drawn = (
        f"<div><dt>{name}</dt><dd>{figure}{f' <small>{said}</small>' if said else ''}</dd></div>"
        for name, figure, said in tiles
    )
    return f'<dl class="tiles">{"".join(drawn)}</dl>'


# -- over time ------------------------------------------------------------------------------------


def _over_time(days: Sequence[dict[str, Any]]) -> str:
    unit, found = periods(days, MAX_COLUMNS)
    heard = [(one.name, one.heard, listening_time(one.heard)) for one in found]
    counted = [(one.name, float(one.counted), formats.count(one.counted, "play")) for one in found]
    return "\n".join(
        (
            '<section aria-label="Over time">',
            _chart("heard", f"Heard per {unit}", heard),
            _chart("counted", f"Plays that counted per {unit}", counted),
            "<details><summary>The same as a table</summary>",
            _periods(unit, found),
            "</details>",
            "</section>",
        )
    )


def _chart(kind: str, title: str, values: Sequence[tuple[str, float, str]]) -> str:
    """Draws a chart; of each column the name, the value, and the value in words."""
    name, top, said = max(values, key=lambda one: one[1])
    what = f"{len(values)} columns, {values[0][0]} to {values[-1][0]}; the most is {said}, {name}."
    columns = (_column(place * 10, *one, top) for place, one in enumerate(values))
    ends = {0: None, len(values) // 2: None, len(values) - 1: None}
    return _CHART.format(
        kind=kind,
        title=title,
        top=said,
        width=len(values) * 10,
        what=what,
        columns="\n".join(columns),
        ticks="".join(f"<span>{values[place][0]}</span>" for place in ends),
    )


def _column(left: int, name: str, value: float, said: str, top: float) -> str:
    """Draws a column, and the space above it, which has the same tooltip; a line if it is 0."""
    height = max(1.0, 100 * value / top) if value else 0.6
    style = "" if value else ' class="nothing"'
    return (
        f'<g><title>{name}: {said}</title><rect class="space" x="{left}" width="10" height="100"/>'
        f'<rect{style} x="{left + 1}" y="{100 - height:.4g}" width="8" height="{height:.4g}"/></g>'
    )


def _periods(unit: str, found: Sequence[Period]) -> str:
    rows = (
        _row(one.name, f"{one.counted:,}", listening_time(one.heard)) for one in reversed(found)
    )
    return _table(f"Per {unit}, the last first", (unit.capitalize(), "Plays", "Heard"), rows)


# -- the most -------------------------------------------------------------------------------------


def _lists(document: dict[str, Any]) -> list[str]:
    best: tuple[tuple[str, str, str, Callable[[dict[str, Any]], str]], ...] = (
        ("Artists", "Artist", "artists", lambda one: _safe(one["artist"])),
        ("Tracks", "Track", "tracks", _track),
        ("Players", "Player", "players", lambda one: _safe(one["player"])),
    )
    lists = [
        _list(
            title,
            (first, "Plays", "Heard"),
            [
                (name(one), one["counted"], listening_time(one["heard"]), "counted")
                for one in document[key][:MAX_ENTRIES]
            ],
        )
        for title, first, key, name in best
        if document[key]
    ]
    verdicts = [
        (
            _safe(long_verdict(one["verdict"]).capitalize()),
            one["plays"],
            share(one["plays"], document["plays"]),
            "counted" if one["verdict"] == "counted" else "other",
        )
        for one in document["verdicts"]
    ]
    what = _list("What became of the plays", ("Verdict", "Plays", "Share"), verdicts)
    return ['<div class="lists">', *lists, what, "</div>"]


def _track(one: dict[str, Any]) -> str:
    by = f" <small>by {_safe(one['artist'])}</small>" if one["artist"] else ""
    return f"{_safe(one['title'])}{by}"


def _list(
    title: str, headings: tuple[str, ...], entries: Sequence[tuple[str, int, str, str]]
) -> str:
    """Draws a table with a bar in each row; names are HTML."""
    top = max(plays for _name, plays, *_ in entries)
    rows = (
        _row(f"{name}{_bar(plays, top, kind)}", f"{plays:,}", said)
        for name, plays, said, kind in entries
    )
    return f'<section aria-label="{title}">\n{_table(title, headings, rows)}\n</section>'


def _bar(value: float, top: float, kind: str) -> str:
    part = max(1.0, 100 * value / top) if value else 0
    return (
        f'<svg class="bar {kind}" viewBox="0 0 100 1" preserveAspectRatio="none"'
        f' aria-hidden="true"><rect width="{part:.4g}" height="1"/></svg>'
    )


def _row(name: str, *figures: str) -> str:
    """Returns a row of a table; `name` is HTML."""
    cells = "".join(f"<td>{escape(figure)}</td>" for figure in figures)
    return f'<tr><th scope="row">{name}</th>{cells}</tr>'


def _table(caption: str, headings: tuple[str, ...], rows: Iterable[str]) -> str:
    first, *others = headings
    return _TABLE.format(
        caption=caption,
        first=first,
        others="".join(f'<th scope="col">{other}</th>' for other in others),
        rows="\n".join(rows),
    )
