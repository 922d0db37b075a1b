"""From `make install` to a first listen by the steps of the README, with a token alone."""

import time
from collections.abc import Iterator

import pytest

from lab.listenbrainz import ListenBrainz
from tests.support.documents import blocks
from tests.support.installation import NOBODY, Installed
from tests.support.paths import ROOT

README = ROOT / "README.md"

MOST_SECONDS = 120.0
"""For all of it, the track included."""

TRACK_SECONDS = 31.0
"""A track that is long enough to count; 30 s of it must be heard."""


@pytest.fixture
def brainz() -> Iterator[ListenBrainz]:
    """A ListenBrainz that does not know the user yet."""
    with ListenBrainz() as server:
        yield server


@pytest.mark.parametrize("installed", [NOBODY], indirect=True, ids=["nobody"])
def test_a_token_alone_leads_from_install_to_a_listen_in_two_minutes(
    installed: Installed, brainz: ListenBrainz
) -> None:
    [table] = blocks(README, "toml")
    [steps] = [block for block in blocks(README, "sh") if "scrobblerctl login " in block]
    begun, token = time.monotonic(), brainz.login("quiet_otter")
    installed.configure(f'{table}url = "{brainz.root_url}"\n')
    for step in steps.splitlines():
        line = f'printf "%s\\n" "$1" | PATH="$HOME/.local/bin:$PATH" {step}'
        said = installed.session.run("sh", "-c", line, "sh", token).stdout
        assert token not in said
    with installed.playing("Slow Harbour", "The Paper Lanterns", TRACK_SECONDS):
        assert brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"], MOST_SECONDS)
    assert installed.took + time.monotonic() - begun <= MOST_SECONDS
    assert installed.ask("call", "GetSettings")["configured"] is False
