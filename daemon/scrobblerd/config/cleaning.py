"""The presets of [filters] that clean tags, as data: what each takes away, and from which tags.

What is cleaned is what scrobblers commonly clean: the rules of metadata-filter, which Web Scrobbler
uses, and those of Pano Scrobbler were read, and no pattern is copied. Ours are stricter: a mark
stands in brackets, or at the end behind a dash, and never alone. So "Live and Let Die", "Video
Killed the Radio Star" and "(Live) Forever" stay as they are.

Tags have single spaces, and are matched in any case, with letters and their accents as one
character (NFC). Nothing is repeated without a bound, so that no title takes long to look at.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_OPEN, _CLOSE, _INSIDE = "[(\\[{【（［「]", "[)\\]}】）］」]", "[^()\\[\\]{}【】（）［］「」]"
_DASH = "[-–—―|]"
_AT_END = f"(?= ?(?:$|{_OPEN})| {_DASH} )"
"""Nothing follows but other marks."""


def _any(*words: str) -> str:
    return f"(?:{'|'.join(words)})"


def _in_brackets(*marks: str) -> str:
    """Returns the pattern of marks in brackets, anywhere but at the beginning."""
    return rf"(?<=\S) ?(?:{_DASH} ?)?{_OPEN} ?{_any(*marks)} ?{_CLOSE}"


def _in_brackets_before(*marks: str) -> str:
    """Returns the pattern of marks in brackets at the beginning of something."""
    return rf"^{_OPEN} ?{_any(*marks)} ?{_CLOSE} ?(?:{_DASH} )?(?=\S)"


def _behind_dash(*marks: str) -> str:
    """Returns the pattern of marks behind a dash, at the end."""
    return rf"(?<=\S) {_DASH} {_any(*marks)}{_AT_END}"


# -- remastered -----------------------------------------------------------------------------------

_REMASTER = _any(
    *(r"re-?master(?:ed|ing|s)?\b(?! of\b)", r"remasteri[zs]ad[oa]\b", r"remast[eé]ris[eé]e?\b"),
    *(r"rimasterizzat[oa]\b", r"remasterisert\b", r"remastrad\b"),
    *("デジタル・?リマスター(?:版|盤)?", "リマスター(?:版|盤|ド|・?バージョン)?"),
    *("リマスタリング", "重制版"),
)
_BESIDE_REMASTER = _any(
    *(r"\d{4}年?", r"\d{1,3}(?:st|nd|rd|th)", "anniversary", "year", "digital(?:ly)?", "newly"),
    *("deluxe", "expanded", "super", "special", "limited", "edition", "version", "mix", "edit"),
    *("mono", "stereo", "original", "album", "single", "lp", "ep", "bonus", "tracks?"),
    *("box", "set"),
    *("hd", "hq", "hi-?res", "4k", r"\d\d-?bit", "audio", "studio", "analog(?:ue)?", "vinyl"),
    *("tapes?", "and", "&", "in", "from", "the"),
)
_REMASTER_OF_YEAR = (
    rf"(?:\d{{4}} - )?(?:{_BESIDE_REMASTER}[ -]?){{0,6}}"
    rf"{_REMASTER}(?:[ -]{_BESIDE_REMASTER}){{0,6}}"
)
_REMASTERED = (
    # of "Fern (Live / 2011 Remaster)" and "Fern - Live; Remastered" the rest stays
    rf"(?<=\S) ?[/;,] ?{_REMASTER_OF_YEAR}(?= ?(?:{_CLOSE}|$))",
    _in_brackets(rf"{_INSIDE}{{0,60}}(?<![a-z]){_REMASTER}{_INSIDE}{{0,60}}"),
    _behind_dash(_REMASTER_OF_YEAR),
)

# -- official-video -------------------------------------------------------------------------------

_QUALITY = _any("(?:full )?u?hd", "hq", "hi-?fi", "[48]k", r"\d{3,4}p", "60 ?fps")
_OFFICIAL = _any(
    *("off?icial", "oficial", "ufficiale", "off?iziell?es", "officiel(?:le)?"),
    *("официальный", "официальное"),
)
_KIND = _any("music", "musik", "lyrics?", "dance", "animated", "performance", "track", _QUALITY)
_VIDEO = _any(
    *("vid[eé]o ?[ck]lip", "musikvideo", "vid[eé]o", "clip", "audio", "visuali[sz]er", "stream"),
    *("m/?v", "видео ?клип", "видео", "клип", "аудио"),
)
_VIDEOS = (
    f"(?:{_OFFICIAL} )?(?:{_KIND} ){{0,3}}{_VIDEO}(?: {_OFFICIAL})?(?: (?:- )?{_QUALITY})?",
    f"{_OFFICIAL}(?: {_QUALITY})?",
    f"{_QUALITY}(?: {_QUALITY})?",
    *("(?:with |w/ ?)?lyrics?", "letra(?: ?/ ?lyrics?)?"),
    r"премьера (?:клипа|песни)(?:,? \d{4})?",
    "公式(?:ビデオ|音源|mv)?",
    "(?:オフィシャル・?)?(?:ミュージック|リリック)・?ビデオ",
    *("뮤직 ?비디오", "공식 ?(?:뮤직 ?비디오|mv)"),
    "官方(?:完整版|版)? ?(?:mv|music video)?",
)
_OFFICIAL_VIDEO = (
    _in_brackets(*_VIDEOS),
    _in_brackets_before(*_VIDEOS),
    # without brackets it needs a word that no song ends with
    rf"(?<=\S) (?:{_DASH} )?{_OFFICIAL} (?:{_KIND} ){{0,3}}{_VIDEO}(?: {_QUALITY})?{_AT_END}",
    rf"(?<=\S) (?:{_DASH} )?{_VIDEO} {_OFFICIAL}(?: {_QUALITY})?{_AT_END}",
    _behind_dash(f"(?:music|lyrics?) video(?: {_QUALITY})?"),
)

# -- explicit, featured ---------------------------------------------------------------------------

_EXPLICIT = (
    _in_brackets("explicit(?: (?:version|lyrics|content))?", "clean(?: version)?"),
    _behind_dash("(?:explicit|clean) version"),
    r"(?<=\S) ?🅴$",
)
_FEATURED = (
    _in_brackets(rf"(?:feat\.?|ft\.?|featuring) {_INSIDE}{{1,200}}"),
    rf"(?<=\S) (?:feat|ft)\. (?:(?! ?{_OPEN}| {_DASH} ).){{1,200}}",
)

# -- live -----------------------------------------------------------------------------------------

_PLACE = f"{_INSIDE}{{1,100}}"
_LIVE_FORM = _any("version", "acoustic", "session", "performance", "recording", r"\d{4}")
_LIVE_FOREIGN = _any("en (?:vivo|directo|concert|public)", "ao vivo", "dal vivo", "на концерте")
_LIVE = (
    _in_brackets(
        "(?:recorded |acoustic )?live",
        f"(?:recorded |acoustic )?live (?:at|in|from|on|with|aus|en|au|dal|bei|på) {_PLACE}",
        f"live ?[@,/] ?{_PLACE}",
        f"live[ -]{_LIVE_FORM}(?: {_PLACE})?",
        f"{_LIVE_FOREIGN}(?: {_PLACE})?",
        f"ライ[ブヴ](?:・?バージョン|音源|映像|版)?(?: {_PLACE})?",
        *("live ?(?:版|ver\\.?)", f"라이브(?: {_PLACE})?", "[现現][场場]版?"),
    ),
    rf"(?<=\S) {_DASH} live(?: ?[/;,] ?{_PLACE})?{_AT_END}",
    _behind_dash(f"live[ -]{_LIVE_FORM}", _LIVE_FOREIGN),
    rf"(?<=\S) {_DASH} (?:recorded )?live (?:at|from|@) {_PLACE}$",
    # "Live in Paris" is a mark, "Live in the Moment" is a song
    rf"(?<=\S) {_DASH} (?:recorded )?live (?:in|on) "
    rf"(?!{_any('an?', 'the', 'this', 'my', 'me', 'your', 'our', 'it', 'love')}\b){_PLACE}$",
    rf"(?<=\S) {_DASH} {_LIVE_FOREIGN} {_PLACE}$",
)


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What a preset takes away from the tags `fields`: what the regular expressions `patterns`
    find, one after the other. `marks` are examples for people."""

    fields: tuple[str, ...]
    patterns: tuple[str, ...]
    marks: tuple[str, ...]


CLEANING: Mapping[str, Cleaning] = {
    "remastered": Cleaning(
        fields=("title", "album"),
        patterns=_REMASTERED,
        marks=("- Remastered 2011", "(2009 Remaster)", "[Remastered]"),
    ),
    "official-video": Cleaning(
        fields=("title",),
        patterns=_OFFICIAL_VIDEO,
        marks=("(Official Video)", "[Official Audio]", "- Lyric Video", "(HD)", "【MV】"),
    ),
    "explicit": Cleaning(
        fields=("title", "album"),
        patterns=_EXPLICIT,
        marks=("[Explicit]", "(Clean Version)"),
    ),
    "featured": Cleaning(
        fields=("title",),
        patterns=_FEATURED,
        marks=("(feat. Noa Lind)", "ft. Noa Lind"),
    ),
    "live": Cleaning(
        fields=("title",),
        patterns=_LIVE,
        marks=("(Live)", "- Live at Harbour Hall", "[Live 1999]", "(En vivo)"),
    ),
    "topic": Cleaning(
        fields=("artist", "album_artist"),
        patterns=(rf"(?<=\S) {_DASH} (?:Topic|Thema|Tema|Tópico|トピック)$",),
        marks=("- Topic",),
    ),
}
"""The presets by name, in the order in which they clean."""
