-- The database's first shape. Later shapes are scripts beside it, named in database.py, counted by PRAGMA user_version.

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
CREATE INDEX plays_by_start ON plays (start);

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
CREATE INDEX queue_by_state ON scrobble_queue (state, timestamp);

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
    loved_at INTEGER,
    UNIQUE (artist_key, title_key)
);

CREATE TABLE journal (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL               -- JSON
);
