"""Everything a server and the network between can do wrong, each as a value to put in a script.

Pure: describes what shall happen to one request; `lab.stand_in` makes it happen.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from lab.lastfm_answers import (
    TOO_MANY_REQUESTS,
    TOO_MANY_SCROBBLES,
    ApiError,
    Ignored,
    Shape,
    Tree,
    as_list,
    error_reply,
)
from lab.reply import JSON_TYPE, Reply, html_reply


class Ending(Enum):
    """What happens to the connection instead of a whole answer."""

    CLOSE = auto()  # not a byte is answered
    CUT = auto()  # half of the body, then an orderly close
    RESET = auto()  # half of the body, then a TCP reset
    HANG_UP = auto()  # the whole answer, then a close that no header announced


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A scripted answer. The constructors below make it, `also` joins two.

    Unless `instead` is set, the request is carried out first, with all checks. Then `ignored`
    judges each item, `changes` change the tree of a successful answer, `wraps` the bytes of any.
    """

    name: str
    instead: Reply | None = None
    pause_before: float = 0.0
    pause_after: float = 0.0
    ignored: Mapping[int, Ignored] = field(default_factory=dict[int, Ignored])
    doubled: frozenset[int] = frozenset()
    changes: tuple[Callable[[Tree], Tree], ...] = ()
    wraps: tuple[Callable[[Reply], Reply], ...] = ()
    ending: Ending | None = None

    def also(self, other: "Behaviour") -> "Behaviour":
        """Joins two: `Behaviour.error(8).also(Behaviour.slow(2))`."""
        return Behaviour(
            name=f"{self.name}, {other.name}",
            instead=other.instead or self.instead,
            pause_before=self.pause_before + other.pause_before,
            pause_after=self.pause_after + other.pause_after,
            ignored={**self.ignored, **other.ignored},
            doubled=self.doubled | other.doubled,
            changes=self.changes + other.changes,
            wraps=self.wraps + other.wraps,
            ending=other.ending or self.ending,
        )

    @staticmethod
    def error(
        code: int, message: str | None = None, status: int | None = None, shape: Shape = "json"
    ) -> "Behaviour":
        """Answers Last.fm's error `code` and stores nothing. Text and status are the usual ones if
        not given. GNU FM sends its errors with status 200."""
        usual = 200 if shape == "gnu" and status is None else status
        reply = error_reply(ApiError(code, message, usual), shape)
        return Behaviour(f"error {code}", instead=reply)

    @staticmethod
    def too_many_scrobbles() -> "Behaviour":
        """Answers error 29 in the words for an account's scrobble cap."""
        return Behaviour.error(29, TOO_MANY_SCROBBLES)

    @staticmethod
    def too_many_requests() -> "Behaviour":
        """Answers error 29 in the words for the request rate of an IP."""
        return Behaviour.error(29, TOO_MANY_REQUESTS)

    @staticmethod
    def html(status: int) -> "Behaviour":
        """Answers the front end's error page (with 200, a captive portal's). Stores nothing."""
        return Behaviour(f"HTML {status}", instead=html_reply(status))

    @staticmethod
    def raw(
        body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> "Behaviour":
        """Answers exactly these bytes. Stores nothing."""
        reply = Reply(status, body, headers or {"Content-Type": JSON_TYPE})
        return Behaviour(f"raw {status}", instead=reply)

    @staticmethod
    def empty(status: int = 200) -> "Behaviour":
        """Answers without a body. Stores nothing."""
        return replace(Behaviour.raw(b"", status), name=f"empty {status}")

    @staticmethod
    def wrong_keys() -> "Behaviour":
        """Answers valid JSON that has nothing to do with the request. Stores nothing."""
        return replace(Behaviour.raw(b'{"weather":{"sky":"grey"}}'), name="wrong keys")

    @staticmethod
    def retry_after(value: str) -> "Behaviour":
        """Adds the header `Retry-After: value` to any answer."""
        return Behaviour(f"Retry-After {value}", wraps=(_with_header("Retry-After", value),))

    @staticmethod
    def date(value: str) -> "Behaviour":
        """Gives any answer the header `Date: value`."""
        return Behaviour(f"Date {value}", wraps=(_with_header("Date", value),))

    @staticmethod
    def truncated() -> "Behaviour":
        """Carries out; the body ends half way, and its Content-Length agrees."""
        return Behaviour("truncated", wraps=(_half,))

    @staticmethod
    def gzipped() -> "Behaviour":
        """Carries out; the answer is compressed."""
        return Behaviour("gzipped", wraps=(_zip, _with_header("Content-Encoding", "gzip")))

    @staticmethod
    def bom() -> "Behaviour":
        """Carries out; the answer begins with a UTF-8 byte order mark."""
        return Behaviour("BOM", wraps=(_mark,))

    @staticmethod
    def slow(seconds: float) -> "Behaviour":
        """Waits, then carries out (even if the client has gone), and answers."""
        return Behaviour("slow", pause_before=seconds)

    @staticmethod
    def slow_after_storing(seconds: float) -> "Behaviour":
        """Carries out, then waits before the first byte of the answer."""
        return Behaviour("slow after storing", pause_after=seconds)

    @staticmethod
    def closed_before_storing() -> "Behaviour":
        """Closes the connection. Stores nothing, answers nothing."""
        name = "closed before storing"
        return Behaviour(name, instead=Reply(200, b""), ending=Ending.CLOSE)

    @staticmethod
    def closed_after_storing() -> "Behaviour":
        """Carries out, then closes the connection without an answer."""
        return Behaviour("closed after storing", ending=Ending.CLOSE)

    @staticmethod
    def cut_mid_body() -> "Behaviour":
        """Carries out; the connection closes before Content-Length bytes are sent."""
        return Behaviour("cut mid-body", ending=Ending.CUT)

    @staticmethod
    def reset_mid_body() -> "Behaviour":
        """Carries out; the connection is reset half way through the body."""
        return Behaviour("reset mid-body", ending=Ending.RESET)

    @staticmethod
    def hangs_up_afterwards() -> "Behaviour":
        """Answers in full, then closes a connection that the client wants to keep."""
        return Behaviour("hangs up afterwards", ending=Ending.HANG_UP)

    @staticmethod
    def ignores(codes: Mapping[int, Ignored]) -> "Behaviour":
        """Ignores items: index → (code, text). They are not stored. Now-playing is item 0."""
        return Behaviour("ignores", ignored=codes)

    @staticmethod
    def loses(*indices: int) -> "Behaviour":
        """Answers as asked; at ListenBrainz these items of the batch are not stored."""
        return Behaviour("loses", ignored=dict.fromkeys(indices, (1, "")))

    @staticmethod
    def doubles(*indices: int) -> "Behaviour":
        """Answers as asked; at ListenBrainz these items are stored twice, with two MSIDs."""
        return Behaviour("doubles", doubled=frozenset(indices))

    @staticmethod
    def changed(change: Callable[[Tree], Tree], name: str = "changed") -> "Behaviour":
        """Carries out; `change` changes the tree of a successful answer before it is sent."""
        return Behaviour(name, changes=(change,))

    @staticmethod
    def counts_as_strings() -> "Behaviour":
        """Answers `accepted` and `ignored` as strings, as GNU FM does."""
        return Behaviour.changed(_strings_in_attr, "counts as strings")

    @staticmethod
    def codes_as_ints() -> "Behaviour":
        """Answers ignored codes, timestamps and `corrected` as numbers, as some clones do."""
        return Behaviour.changed(_ints_in_items, "codes as ints")

    @staticmethod
    def items_missing(count: int | None = None) -> "Behaviour":
        """Stores all, but leaves out the last `count` results (None: all of them)."""
        return Behaviour.changed(lambda tree: _without_items(tree, count), "items missing")

    @staticmethod
    def corrects(index: int = 0, **names: str) -> "Behaviour":
        """Stores as sent, and answers with another name: `corrects(0, artist="Björn Ål")`.

        The names are `artist`, `track`, `album`, `albumArtist`. Now-playing is item 0."""

        def change(tree: Tree) -> Tree:
            item = _items(tree)[index]
            item.update({n: {"corrected": "1", "#text": text} for n, text in names.items()})
            return tree

        return Behaviour.changed(change, "corrects")


def _with_header(name: str, value: str) -> Callable[[Reply], Reply]:
    return lambda reply: replace(reply, headers={**reply.headers, name: value})


def _half(reply: Reply) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _zip(reply: Reply) -> Reply:
    return replace(reply, body=gzip.compress(reply.body))


def _mark(reply: Reply) -> Reply:
    return replace(reply, body=b"\xef\xbb\xbf" + reply.body)


def _items(tree: Tree) -> list[Tree]:
    if "nowplaying" in tree:
        return [tree["nowplaying"]]
    return as_list(tree["scrobbles"]["scrobble"])


def _strings_in_attr(tree: Tree) -> Tree:
    counts: Tree = tree["scrobbles"]["@attr"]
    counts.update({name: str(value) for name, value in counts.items()})
    return tree


def _ints_in_items(tree: Tree) -> Tree:
    for item in _items(tree):
        item["ignoredMessage"]["code"] = int(item["ignoredMessage"]["code"])
        item.update({n: int(item[n]) for n in ("timestamp",) if n in item})
        for name in ("artist", "track", "album", "albumArtist"):
            item[name]["corrected"] = int(item[name]["corrected"])
    return tree


def _without_items(tree: Tree, count: int | None) -> Tree:
    items = _items(tree)
    left = items[: len(items) - count] if count is not None else []
    tree["scrobbles"].pop("scrobble")
    if left:
        tree["scrobbles"]["scrobble"] = left
    return tree
