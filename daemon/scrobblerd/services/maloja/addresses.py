"""Where the APIs of a Maloja are, from an address that people type. Pure."""

import re
from urllib.parse import urlsplit

NATIVE_PATH = "/apis/mlj_1"

_API = re.compile(
    r"/apis(/mlj_1(/newscrobble)?|/listenbrainz(/1(/submit-listens|/validate-token)?)?)?$"
)
"""What people add to the address of the server: paths of an API, whole or in part."""


def base_of(url: str) -> str:
    """Returns the address of the server, without a slash at the end: below it is `/apis`.

    >>> base_of("https://music.example.org/maloja/apis/listenbrainz/1/")
    'https://music.example.org/maloja'
    """
    parts = urlsplit(url.strip())
    address = parts._replace(query="", fragment="").geturl().rstrip("/")
    return _API.sub("", address).rstrip("/")
