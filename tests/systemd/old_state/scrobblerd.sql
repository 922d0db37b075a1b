-- A database of shape 2, as scrobblerd 0.1.0 left it: sqlite3 scrobblerd.db .dump
BEGIN TRANSACTION;
CREATE TABLE hearts (                 -- wishes to love or unlove that Last.fm has not heard of
    account TEXT NOT NULL,            -- '' until the first login
    artist_key TEXT NOT NULL,
    title_key TEXT NOT NULL,
    artist TEXT NOT NULL,
    title TEXT NOT NULL,
    loved INTEGER NOT NULL,           -- 0 = unlove; the last wish wins
    created_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    was_loved INTEGER NOT NULL,       -- before the wish, to go back to where it is refused
    was_loved_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('pending', 'rejected')),
    last_error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (account, artist_key, title_key)
);
INSERT INTO "hearts" VALUES('quiet_otter','mira holt','fern','Mira Holt','Fern',1,1795954380,1,0,NULL,'pending','');
CREATE TABLE journal (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL               -- JSON
);
INSERT INTO "journal" VALUES('tracker','{"boot_id": "7f8da433-0677-4293-892c-248843d6ab0e", "players": [{"name": "mpv", "as_of": {"mono": 3512.709004028, "boot": 3512.709005024, "wall": 1795954382.2360384}, "owner": ":1.2", "process": 990, "identity": "mpv", "desktop_entry": "", "status": "Playing", "rate": 1.0, "loop": "None", "muted": false, "clock": 8.562589547999778, "track": {"title": "Lichen", "artist": "Mira Holt", "album": "Understorey", "album_artist": "", "length": 600.0, "url": "", "trackid": "/org/mpris/MediaPlayer2/Track/3", "number": null, "mbid": "", "artists": ["Mira Holt"], "genres": []}, "accepted": {"title": "Lichen", "artist": "Mira Holt", "album": "Understorey", "album_artist": "", "length": 600.0, "url": "", "trackid": "/org/mpris/MediaPlayer2/Track/3", "number": null, "mbid": "", "artists": ["Mira Holt"], "genres": []}, "edge": null, "edge_seen": true, "over": {"at": {"mono": 3511.153004427, "boot": 3511.153005029, "wall": 1795954380.6800385}, "clock": 7.006589946999611}, "quiet": 3511.153004427, "left": null, "stop": null, "paused": null, "gone": null, "until": 0.0, "away": null, "asked": 0.0, "parked": null, "question": null, "evidence": false, "read": null, "reading": "", "position": 0.0, "position_clock": 7.006589946999611, "position_read": 2.822284, "moves": true, "play": {"track": {"title": "Lichen", "artist": "Mira Holt", "album": "Understorey", "album_artist": "", "length": 600.0, "url": "", "trackid": "/org/mpris/MediaPlayer2/Track/3", "number": null, "mbid": "", "artists": ["Mira Holt"], "genres": []}, "begin": {"at": {"mono": 3511.153004427, "boot": 3511.153005029, "wall": 1795954380.6800385}, "clock": 7.006589946999611}, "seen": true, "silent": false, "announced": true, "verdict": "listening", "words": "", "needed": null, "growths": 0, "end": 608.0065899469996, "stood": null}}], "counted": [{"player": "mpv", "track": {"title": "Fern", "artist": "Mira Holt", "album": "Understorey", "album_artist": "", "length": 4.0, "url": "", "trackid": "/org/mpris/MediaPlayer2/Track/1", "number": null, "mbid": "", "artists": ["Mira Holt"], "genres": []}, "begin": 3502.558556195, "end": 3507.556086519}]}');
INSERT INTO "journal" VALUES('backoff','{"failures": 1, "next_attempt": 1795954440.653514, "last_error": "Last.fm says: Rate Limit Exceeded - Your IP has made too many requests in a short period, exceeding our API guidelines (error 29)", "hold": "", "probes": 0, "blocks": 0, "delay": 60.0, "bad_key": false}');
INSERT INTO "journal" VALUES('budget','{"day": 20786, "requests": 7, "scrobbles": 1, "last": 1795954380.9896994}');
INSERT INTO "journal" VALUES('suspicion','{"failures": 0, "size": 0, "acquittals": 0}');
INSERT INTO "journal" VALUES('told','{}');
INSERT INTO "journal" VALUES('love_backoff','{"failures": 1, "next_attempt": 1795954440.6653538, "last_error": "Last.fm says: Rate Limit Exceeded - Your IP has made too many requests in a short period, exceeding our API guidelines (error 29)", "hold": "", "probes": 0, "blocks": 0, "delay": 60.0, "bad_key": false}');
CREATE TABLE library (
    id INTEGER PRIMARY KEY,
    artist_key TEXT NOT NULL,         -- normalised, for matching
    title_key TEXT NOT NULL,
    artist TEXT NOT NULL,
    title TEXT NOT NULL,
    album TEXT NOT NULL DEFAULT '',
    album_artist TEXT NOT NULL DEFAULT '',
    duration REAL,
    mbid TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '',     -- of a local file
    play_count INTEGER NOT NULL DEFAULT 0,
    first_heard INTEGER,
    last_heard INTEGER,
    lastfm_loved INTEGER NOT NULL DEFAULT 0,
    loved_at INTEGER, plain_artist TEXT NOT NULL DEFAULT '', plain_title TEXT NOT NULL DEFAULT '', loved_in INTEGER NOT NULL DEFAULT 0,
    UNIQUE (artist_key, title_key)
);
INSERT INTO "library" VALUES(1,'mira holt','fern','Mira Holt','Fern','Understorey','',4.0,'','',1,1795954372,1795954372,1,1795954380,'mira holt','fern',0);
INSERT INTO "library" VALUES(2,'mira holt','moss','Mira Holt','Moss','Understorey','',40.0,'','',0,1795954377,1795954377,0,NULL,'mira holt','moss',0);
CREATE TABLE loved (                  -- what the user loves at Last.fm
    artist_key TEXT NOT NULL,
    title_key TEXT NOT NULL,
    plain_artist TEXT NOT NULL,
    plain_title TEXT NOT NULL,
    artist TEXT NOT NULL,
    title TEXT NOT NULL,
    mbid TEXT NOT NULL,
    loved_at INTEGER NOT NULL,        -- UNIX seconds; 0 = unknown
    matched INTEGER NOT NULL,         -- whether the library has it
    seen_in INTEGER NOT NULL,         -- the import that saw it last
    PRIMARY KEY (artist_key, title_key)
);
INSERT INTO "loved" VALUES('mira holt','fern','mira holt','fern','Mira Holt','Fern','',1795954380,1,0);
CREATE TABLE music_files (
    url TEXT PRIMARY KEY,             -- file:, percent-encoded
    mtime INTEGER NOT NULL,           -- nanoseconds
    size INTEGER NOT NULL,            -- bytes
    track INTEGER REFERENCES library (id),  -- NULL without artist or title
    error TEXT NOT NULL DEFAULT ''    -- why it could not be read
);
CREATE TABLE plays (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,         -- the tracker's name for the play
    player TEXT NOT NULL,
    artist TEXT NOT NULL,
    title TEXT NOT NULL,
    album TEXT NOT NULL,
    album_artist TEXT NOT NULL,
    length REAL,                      -- seconds; NULL = unknown
    start INTEGER NOT NULL,           -- UNIX seconds
    boot_id TEXT NOT NULL,
    boot_seconds REAL NOT NULL,       -- CLOCK_BOOTTIME at the start, to mend a wrong wall clock
    heard REAL NOT NULL,              -- seconds of track time
    needed REAL NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL
);
INSERT INTO "plays" VALUES(1,'mpv 1795954372.086 3502.559','mpv','Mira Holt','Fern','Understorey','',4.0,1795954372,'7f8da433-0677-4293-892c-248843d6ab0e',3502.558557087,4.0,2.8,'counted','heard 4 s of 4 s, needed 3 s');
INSERT INTO "plays" VALUES(2,'mpv 1795954377.083 3507.556','mpv','Mira Holt','Moss','Understorey','',40.0,1795954377,'7f8da433-0677-4293-892c-248843d6ab0e',3507.556088257,2.00905962299975726637e+00,28.0,'not_heard','heard 2 s of 40 s, needed 28 s');
CREATE TABLE scrobble_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    play_id INTEGER REFERENCES plays (id),  -- NULL for a scrobble that came over D-Bus
    service TEXT NOT NULL,
    account TEXT NOT NULL,            -- '' until the first login
    artist TEXT NOT NULL,
    track TEXT NOT NULL,
    album TEXT NOT NULL,
    album_artist TEXT NOT NULL,
    track_number INTEGER,
    mbid TEXT NOT NULL,
    duration INTEGER,                 -- whole seconds; NULL = not sent
    timestamp INTEGER NOT NULL,       -- UNIX seconds of the play's start
    created_at INTEGER NOT NULL,
    retry_count INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('pending', 'held', 'rejected', 'expired', 'sent')),
    next_attempt INTEGER NOT NULL DEFAULT 0,
    sent_at INTEGER,
    answer_code INTEGER,
    last_error TEXT NOT NULL DEFAULT '',
    UNIQUE (service, account, timestamp, artist, track)
);
INSERT INTO "scrobble_queue" VALUES(1,1,'lastfm','quiet_otter','Mira Holt','Fern','Understorey','',NULL,'',NULL,1795954372,1795954374,1,'sent',1795954374,1795954374,0,'');
INSERT INTO "scrobble_queue" VALUES(2,NULL,'lastfm','quiet_otter','The Paper Lanterns','Ignored','','',NULL,'',200,1795953480,1795954380,1,'rejected',1795954380,NULL,1,'ignored by Last.fm: Artist was ignored');
INSERT INTO "scrobble_queue" VALUES(3,NULL,'lastfm','quiet_otter','The Paper Lanterns','Slow Harbour','Tidewater','',NULL,'',215,1795953780,1795954380,1,'pending',0,NULL,NULL,'Last.fm says: Rate Limit Exceeded - Your IP has made too many requests in a short period, exceeding our API guidelines (error 29)');
CREATE INDEX plays_by_start ON plays (start);
CREATE INDEX queue_by_state ON scrobble_queue (state, timestamp);
CREATE INDEX library_plain ON library (plain_artist, plain_title);
CREATE INDEX library_loved ON library (artist_key, title_key) WHERE lastfm_loved;
CREATE INDEX library_mbid ON library (mbid) WHERE mbid != '';
CREATE INDEX music_files_by_track ON music_files (track);
CREATE INDEX loved_unmatched ON loved (plain_artist, plain_title) WHERE NOT matched;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('scrobble_queue',3);
COMMIT;
PRAGMA user_version = 2;
