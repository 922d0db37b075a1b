"""Draws figures as one HTML page that needs no network, no script and no other file.

All foreign text goes through `_safe`. Charts are stretched to the width of the page, so they hold
no text, which would be stretched too. Tables show the same figures.
"""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from ...core.text import for_people
from . import formats
from .statistics import (
    Entry,
    Period,
    Ranking,
    beginning,
    busiest,
    compared,
    listening_time,
    periods,
    rankings,
    share,
    time_span,
)

MAX_COLUMNS = 124
"""Columns of a chart, as many as can be told apart on a phone: four months of days, ten years of
months."""

MAX_ENTRIES = 20
"""Entries of a list."""

_MAX_NAME_CHARACTERS = 120

_CHART = """\
<figure>
<figcaption><h2>{title}</h2></figcaption>
<p class="top" aria-hidden="true">{top}</p>
<svg class="columns {kind}" role="img" aria-labelledby="{name}-title {name}-desc" \
viewBox="0 0 {width} 100" preserveAspectRatio="none">
<title id="{name}-title">{title}</title>
<desc id="{name}-desc">{what}</desc>
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
        lists = [_list(ranking) for ranking in rankings(document, MAX_ENTRIES) if ranking.entries]
        parts = [_tiles(document), _over_time(days), _hours(document["hours"])]
        parts += ['<div class="lists">', *lists, "</div>"]
    whole = files("scrobblerd.ctl.display").joinpath("page.html").read_text(encoding="utf-8")
    heading = f"What was listened to {time_span(document)}".rstrip()
    return Template(whole).substitute(title=heading, span=span, content="\n".join(parts))


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
        most = f"{formats.count(best['counted'], 'play')}, {listening_time(best['heard'])}"
        tiles.append(("Busiest day", best["day"], most))
    if words := compared(document):
        tiles.append(("Before", f"{document['before']['counted']:,} counted", words))
    drawn = (
        f"<div><dt>{name}</dt><dd>{figure}{f' <small>{more}</small>' if more else ''}</dd></div>"
        for name, figure, more in tiles
    )
    return f'<dl class="tiles">{"".join(drawn)}</dl>'


# -- over time ------------------------------------------------------------------------------------


def _over_time(days: Sequence[dict[str, Any]]) -> str:
    if not days:  # no calendar has the days on which they began
        return ""
    unit, spans = periods(days, MAX_COLUMNS)
    heard = [(span.name, span.heard, listening_time(span.heard)) for span in spans]
    counted = [(span.name, span.counted, formats.count(span.counted, "play")) for span in spans]
    return "\n".join(
        (
            '<section aria-label="Over time">',
            _chart("heard", f"Heard per {unit}", heard),
            _chart("counted", f"Plays that counted per {unit}", counted),
            "<details><summary>The same as a table</summary>",
            _periods(unit, spans),
            "</details>",
            "</section>",
        )
    )


def _hours(hours: Sequence[dict[str, Any]]) -> str:
    if not hours:
        return ""
    heard = [(f"{hour['hour']:02}", hour["heard"], listening_time(hour["heard"])) for hour in hours]
    chart = _chart("heard", "Heard per hour of the day", heard, name="hours")
    return f'<section aria-label="Over the day">\n{chart}\n</section>'


def _chart(kind: str, title: str, values: Sequence[tuple[str, float, str]], name: str = "") -> str:
    """Draws a chart; of each column the name, the value, and the value in words. `name` is that of
    the chart on the page, by default its kind."""
    most, top, words = max(values, key=lambda column: column[1])
    columns = f"{formats.count(len(values), 'column')}, {values[0][0]} to {values[-1][0]}"
    what = f"{columns}; the most is {words}, {most}."
    drawn = (_column(place * 10, *column, top) for place, column in enumerate(values))
    ends = {0: None, len(values) // 2: None, len(values) - 1: None}
    return _CHART.format(
        kind=kind,
        name=name or kind,
        title=title,
        top=words,
        width=len(values) * 10,
        what=what,
        columns="\n".join(drawn),
        ticks="".join(f"<span>{values[place][0]}</span>" for place in ends),
    )


def _column(left: int, name: str, value: float, words: str, top: float) -> str:
    """Draws a column, and the space above it, which has the same tooltip; a line if it is 0."""
    height = max(1.0, 100 * value / top) if value else 0.6
    style = "" if value else ' class="nothing"'
    return (
        f'<g><title>{name}: {words}</title><rect class="space" x="{left}" width="10" height="100"/>'
        f'<rect{style} x="{left + 1}" y="{100 - height:.4g}" width="8" height="{height:.4g}"/></g>'
    )


def _periods(unit: str, spans: Sequence[Period]) -> str:
    rows = (
        _row(span.name, f"{span.counted:,}", listening_time(span.heard)) for span in reversed(spans)
    )
    return _table(f"Per {unit}, the last first", (unit.capitalize(), "Plays", "Heard"), rows)


# -- the most -------------------------------------------------------------------------------------


def _list(ranking: Ranking) -> str:
    """Draws a table with a bar in each row."""
    verdicts = ranking.what == "Verdict"
    title = "What became of the plays" if verdicts else f"{ranking.what}s"
    top = max(entry.plays for entry in ranking.entries)
    rows = (
        _row(f"{_name(entry, verdicts)}{_bar(entry, top)}", f"{entry.plays:,}", entry.figure)
        for entry in ranking.entries
    )
    table = _table(title, (ranking.what, "Plays", ranking.figure), rows)
    return f'<section aria-label="{title}">\n{table}\n</section>'


def _name(entry: Entry, capitalized: bool) -> str:
    by = f" <small>by {_safe(entry.artist)}</small>" if entry.artist else ""
    return f"{_safe(entry.name.capitalize() if capitalized else entry.name)}{by}"


def _bar(entry: Entry, top: int) -> str:
    part = max(1.0, 100 * entry.plays / top) if entry.plays else 0
    kind = "counted" if entry.verdict == "counted" else "other"
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
