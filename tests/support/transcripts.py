"""Recorded exchanges with real servers, and how they are replayed at a stand-in.

Each exchange is sent again; status, type and body of the answer are compared with what was
recorded. An id, token or key that the recorded server made up stands for the one that the stand-in
makes up in its place: from then on requests have ours, and two that were one are one.
"""

import json
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import httpx

from tests.support.paths import TESTS

FOLDER = TESTS / "lab" / "transcripts"

MADE_UP = re.compile(r"\{[\w ]+\}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A placeholder, or an id."""

MOMENTS = {"inserted_at", "created", "image", "url", "profile_created", "versionstring", "version"}
"""Keys whose values are the recorded server's own: only their types are compared."""

ENDS = {
    "11 kB listen": ("x", '"}}, "listened_at": 1795856302}]}'),
    "5 kB title": (
        "t",
        '", "release_name": "Tidewater", "additional_info": {"media_player": "mpv", '
        '"submission_client": "scrobblerd", "submission_client_version": "0.2.0", '
        '"duration_ms": 241000}}, "listened_at": 1795856502}]}',
    ),
    "long title 300 bytes": ("%E5%A4%9C", "&timestamp=1795938460"),
}
"""Title → what a request that was cut off repeats, and how it ended."""

CUT_OFF = re.compile(r" …\[(\d+) bytes\]$")


@dataclass(frozen=True)
class Exchange:
    """A request and its answer. `body` and `answer` may be cut off in the transcript."""

    title: str
    http_method: str
    url: str
    headers: Mapping[str, str]
    body: str
    status: int
    answer_headers: Mapping[str, str]
    answer: str

    @property
    def is_json(self) -> bool:
        """Whether the answer is JSON, whatever its type says."""
        return self.answer.startswith(("{", "["))


def read(name: str) -> list[Exchange]:
    """Returns the exchanges of a transcript."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    text = re.sub(r"<(token|session key|authToken)>(?=</|[\"&\n])", r"{\1}", text)
    return [_exchange(part) for part in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]]


def _exchange(text: str) -> Exchange:
    title, *lines = text.splitlines()
    sent = [line[2:] for line in lines if line.startswith("> ")]
    received = [line[2:] for line in lines if line.startswith("< ")]
    http_method, url = sent[0].split(" ", 1)
    named = [line for line in sent[1:] if re.match(r"[A-Z][\w-]+: ", line)]
    blank = received.index("") if "" in received else len(received)
    return Exchange(
        title=title,
        http_method=http_method,
        url=url,
        headers=_headers(named),
        body=_whole(title, "\n".join(line for line in sent[1:] if line not in named)),
        status=int(received[0].split()[1]),
        answer_headers=_headers(received[1:blank]),
        answer="\n".join(received[blank + 1 :]).strip(),
    )


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.lower(): value.strip() for name, _, value in pairs}


def _whole(title: str, body: str) -> str:
    """Returns a request's body with what the transcript leaves out."""
    if (cut := CUT_OFF.search(body)) is None:
        return body
    size, head = int(cut[1]), body[: cut.start()]
    if title in ENDS:
        unit, end = ENDS[title]
        start = head[: head.index(unit * 9)]
        return start + unit * ((size - len(start) - len(end)) // len(unit)) + end
    return _bulk(head, int(title.rsplit(maxsplit=1)[-1]))


def _bulk(head: str, count: int) -> str:
    """Returns an import of so many listens that go on as the first two did."""
    start = head.index("[") + 1
    decode = json.JSONDecoder().raw_decode
    first, end = decode(head, start)
    second, _ = decode(head, end + 2)
    apart = second["listened_at"] - first["listened_at"]
    items = [json.dumps(first)] * count
    for number, item in enumerate(items):
        stamp = str(first["listened_at"] + apart * number)
        items[number] = item.replace("Bulk 0", f"Bulk {number}").replace(
            str(first["listened_at"]), stamp
        )
    return f"{head[:start]}{', '.join(items)}]}}"


@dataclass
class Replay:
    """Sends transcripts to `root`. `before` is called with each exchange."""

    root: str
    before: Callable[[Exchange], None] = lambda _exchange: None
    ours: dict[str, str] = field(default_factory=dict[str, str])
    """What was made up: theirs → ours."""

    def check(self, name: str, left_out: Mapping[str, str] | None = None) -> None:
        """Replays a transcript. Fails with what is answered in another way than was recorded.
        `left_out` has titles of exchanges that are sent, but not compared, and why."""
        exchanges, unlike = read(name), left_out or {}
        assert unlike.keys() <= {exchange.title for exchange in exchanges}
        differences = self.differences(exchanges, unlike)
        assert not differences, "\n".join(differences)

    def differences(self, exchanges: list[Exchange], unlike: Container[str] = ()) -> list[str]:
        """Returns what is answered in another way than was recorded."""
        told: list[str] = []
        with httpx.Client(trust_env=False, timeout=30) as http:
            for exchange in exchanges:
                self.before(exchange)
                answer = self.send(http, exchange)
                if exchange.title not in unlike:
                    told += [
                        f"{exchange.title}: {line}" for line in self.compared(exchange, answer)
                    ]
        return told

    def send(self, http: httpx.Client, exchange: Exchange) -> httpx.Response:
        """Sends a request as it was sent, but with our tokens and ids."""
        parts = urlsplit(self._with_ours(exchange.url))
        url = self.root + parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {n: v for n, v in exchange.headers.items() if n != "user-agent"}
        if exchange.body:
            is_form = not exchange.body.startswith(("{", "["))
            kind = "x-www-form-urlencoded" if is_form else "json"
            headers = {**headers, "content-type": f"application/{kind}"}
        body = self._with_ours(exchange.body).encode()
        headers = {n: self._with_ours(v) for n, v in headers.items()}
        return http.request(exchange.http_method, url, headers=headers, content=body)

    def compared(self, exchange: Exchange, answer: httpx.Response) -> list[str]:
        """Returns how an answer differs from the recorded one."""
        if answer.status_code != exchange.status:
            return [f"{answer.status_code} for {exchange.status}: {answer.text[:200]}"]
        names = ("content-type", "location", "x-ratelimit-limit", "x-ratelimit-remaining")
        names = (*names, "x-ratelimit-reset", "x-ratelimit-reset-in")
        told = [
            f"{name}: {have!r} for {want!r}"
            for name in names
            if _kind(have := answer.headers.get(name, ""))
            != _kind(want := exchange.answer_headers.get(name, ""))
        ]
        return told + self._bodies(exchange, answer)

    def _bodies(self, exchange: Exchange, answer: httpx.Response) -> list[str]:
        want = exchange.answer
        if want.startswith(("<!", "<html")):
            return []  # a page for people
        if exchange.is_json:
            theirs, ours = _same_length(want, answer.json())
            return self._values("", theirs, ours)
        if want.startswith("<"):
            return self._values("", _tree(ET.fromstring(want)), _tree(ET.fromstring(answer.text)))
        return [] if want == answer.text.strip() else [f"{answer.text!r} for {want!r}"]

    def _values(self, path: str, theirs: Any, ours: Any) -> list[str]:
        key = path.rpartition("/")[2]
        if type(theirs) is not type(ours):
            return [f"{path}: {ours!r} for {theirs!r}"]
        if key in MOMENTS:
            return []
        if isinstance(theirs, dict):
            return self._objects(path, cast(dict[str, Any], theirs), cast(dict[str, Any], ours))
        if isinstance(theirs, list):
            return self._lists(path, cast(list[Any], theirs), cast(list[Any], ours))
        if isinstance(theirs, str) and MADE_UP.fullmatch(theirs):
            return self._pair(path, theirs, ours)
        return [] if theirs == ours else [f"{path}: {ours!r} for {theirs!r}"]

    def _lists(self, path: str, theirs: list[Any], ours: list[Any]) -> list[str]:
        pairs = list(zip(theirs, ours, strict=False))
        told = [line for a, b in pairs for line in self._values(f"{path}[]", a, b)]
        return told if len(theirs) == len(ours) else [*told, f"{path}: {len(ours)} items"]

    def _objects(self, path: str, theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
        told = [f"{path}: without {key}" for key in theirs.keys() - ours.keys()]
        told += [f"{path}: with {key}" for key in ours.keys() - theirs.keys()]
        both = sorted(theirs.keys() & ours.keys())
        return told + [
            line for key in both for line in self._values(f"{path}/{key}", theirs[key], ours[key])
        ]

    def _pair(self, path: str, theirs: str, ours: str) -> list[str]:
        """What is made up anew at each time is named by a placeholder; an id stays."""
        if not theirs.startswith("{") and self.ours.get(theirs, ours) != ours:
            return [f"{path}: another id than before for {theirs}"]
        if theirs not in self.ours and ours in self.ours.values():
            return [f"{path}: the id of another for {theirs}"]
        self.ours[theirs] = ours
        return []

    def _with_ours(self, text: str) -> str:
        return MADE_UP.sub(lambda match: self.ours.get(match[0], match[0]), text)


def _kind(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def _same_length(want: str, ours: Any) -> tuple[Any, Any]:
    """Returns both as JSON. If a list was cut off in what was recorded, both end there."""
    if CUT_OFF.search(want) is None:
        return json.loads(want), ours
    *_, last = re.finditer(r", ?\{", want)
    head = f"{want[: last.start()]}]}}"
    theirs = json.loads(head if head.count("{") == head.count("}") else head + "}")
    return theirs, _cut_like(theirs, ours)


def _cut_like(theirs: Any, ours: Any) -> Any:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        both = cast(dict[str, Any], theirs), cast(dict[str, Any], ours)
        return {
            key: _cut_like(both[0][key], value) for key, value in both[1].items() if key in both[0]
        }
    if isinstance(theirs, list) and isinstance(ours, list):
        items = zip(cast(list[Any], theirs), cast(list[Any], ours), strict=False)
        return [_cut_like(a, b) for a, b in items]
    return ours


def _tree(element: ET.Element) -> Any:
    """Returns an element's name, attributes, text and children."""
    text = (element.text or "").strip()
    return {element.tag: {**element.attrib, "#": text, "in": [_tree(child) for child in element]}}
