"""scrobblerctl with a service that takes plays and may leave them out afterwards."""

from pathlib import Path

from lab.listenbrainz import ListenBrainz
from lab.listenbrainz_profiles import ROCKSKY
from tests.support.daemon_bench import SOON, UNLIMITED, USER, running
from tests.support.scrobblerctl import Stage, document, said


def test_sent_is_said_to_mean_taken(tmp_path: Path) -> None:
    with ListenBrainz(profile=ROCKSKY) as rocksky:
        account = {"service": "rocksky", "url": rocksky.root_url}
        tables = {**SOON, **UNLIMITED, "accounts": {"sky": account}}
        with running(tmp_path, tables=tables) as bench:
            said(bench, "login", "sky", given=f"{rocksky.login(USER)}\n")
            with Stage(bench) as stage:
                stage.plays("Fern")
                assert rocksky.wait_for(lambda _: bool(rocksky.titles()))
                assert bench.lastfm.wait_for(lambda seen: bool(seen.scrobbles))
            assert " sent: lastfm; taken: sky " in said(bench, "history")
            [play] = document(bench, "history")
            assert play["result"] == {"lastfm": "sent", "sky": "taken"}
            told = said(bench, "explain")
            assert "sky: Sent to " in told
            assert told.count("That means taken: Rocksky may still leave it out.") == 1
            lastfm, sky = said(bench, "accounts").splitlines()[1:]
            assert ", taken" in sky
            assert "taken" not in lastfm
            listed = document(bench, "accounts")
            assert [each["sent_means"] for each in listed] == ["stored", "taken"]
