-- The database's third shape: accounts, and codes instead of sentences.
-- The functions old_… read the sentences of before (old_sentences.py), as bytes, for a disk may have
-- got one wrong; so may it rows that are alike, of which one is kept.

CREATE TABLE accounts (               -- a login at a service
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,        -- in the configuration
    service TEXT NOT NULL,
    url TEXT NOT NULL DEFAULT '',     -- of the service; '' = the one it is known by
    username TEXT NOT NULL DEFAULT '' -- who was logged in last
);
INSERT INTO accounts (id, name, service) VALUES (1, 'lastfm', 'lastfm');

CREATE TABLE outcomes (               -- what became of a play, when its row has left the queue
    play_id INTEGER NOT NULL REFERENCES plays (id),
    account_id INTEGER NOT NULL,
    outcome TEXT NOT NULL,            -- sent, dropped
    at INTEGER,                       -- UNIX seconds; NULL = unknown
    reason TEXT NOT NULL DEFAULT '',  -- of the row, when it left
    detail TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (play_id, account_id)
);
INSERT INTO outcomes (play_id, account_id, outcome, at)
SELECT id, 1, old_outcome(CAST(reason AS BLOB)), old_outcome_at(CAST(reason AS BLOB)) FROM plays
WHERE verdict = 'counted' AND old_outcome(CAST(reason AS BLOB)) != '';

ALTER TABLE plays ADD COLUMN detail TEXT NOT NULL DEFAULT '';  -- what goes with the reason's code
ALTER TABLE plays ADD COLUMN rule TEXT NOT NULL DEFAULT '';    -- the rule that decided
UPDATE plays SET reason = old_code(CAST(verdict AS BLOB), CAST(reason AS BLOB)),
    detail = old_detail(CAST(verdict AS BLOB), CAST(reason AS BLOB)),
    rule = old_rule(CAST(verdict AS BLOB), CAST(reason AS BLOB));

CREATE TABLE new_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    play_id INTEGER REFERENCES plays (id),  -- NULL for a scrobble that came over D-Bus
    account_id INTEGER NOT NULL,
    username TEXT NOT NULL,           -- '' until the first login
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
    answer_code INTEGER,              -- the service's own
    reason TEXT NOT NULL DEFAULT '',  -- why it is in this state; a code
    detail TEXT NOT NULL DEFAULT '',  -- what the service said
    UNIQUE (account_id, username, timestamp, artist, track)
);
INSERT OR IGNORE INTO new_queue
SELECT id, CASE WHEN play_id IN (SELECT id FROM plays) THEN play_id END, 1, account, artist, track, album, album_artist, track_number, mbid, duration,
    timestamp, created_at, retry_count,
    CASE WHEN state IN ('pending', 'held', 'rejected', 'expired', 'sent') THEN state ELSE 'rejected' END,
    next_attempt, sent_at, answer_code,
    CASE
        WHEN last_error = 'belongs to another account' THEN 'other_account'
        WHEN last_error = 'older than 13.5 days: Last.fm takes nothing that old' THEN 'too_old'
        WHEN last_error = 'its start was stamped by a clock that had not been set'
            THEN 'clock_unset'
        WHEN last_error LIKE 'set aside: %' THEN 'set_aside'
        WHEN last_error LIKE 'ignored by Last.fm: %' THEN 'ignored'
        WHEN state = 'rejected' THEN 'refused'
        WHEN last_error = '' THEN ''
        ELSE 'failed'
    END,
    CASE
        WHEN last_error IN ('belongs to another account',
            'older than 13.5 days: Last.fm takes nothing that old',
            'its start was stamped by a clock that had not been set') THEN ''
        WHEN last_error LIKE 'set aside: %' THEN substr(last_error, 12)
        WHEN last_error LIKE 'ignored by Last.fm: %' THEN substr(last_error, 21)
        ELSE coalesce(last_error, '')
    END
FROM scrobble_queue;
DELETE FROM sqlite_sequence WHERE name = 'new_queue';
UPDATE sqlite_sequence SET name = 'new_queue' WHERE name = 'scrobble_queue';
DROP TABLE scrobble_queue;
ALTER TABLE new_queue RENAME TO scrobble_queue;
CREATE INDEX queue_by_state ON scrobble_queue (state, timestamp);
CREATE INDEX queue_by_play ON scrobble_queue (play_id, account_id);

CREATE TABLE loves (                  -- wishes to love or unlove that the service has not heard of
    account_id INTEGER NOT NULL,
    username TEXT NOT NULL,           -- '' until the first login
    artist_key TEXT NOT NULL,
    title_key TEXT NOT NULL,
    artist TEXT NOT NULL,
    title TEXT NOT NULL,
    loved INTEGER NOT NULL,           -- 0 = unlove; the last wish wins
    created_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    was_loved INTEGER NOT NULL,       -- before the wish, to go back to it if it is refused
    was_loved_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('pending', 'rejected')),
    detail TEXT NOT NULL DEFAULT '',  -- what the service said
    PRIMARY KEY (account_id, username, artist_key, title_key)
);
INSERT OR IGNORE INTO loves SELECT 1, account, artist_key, title_key, artist, title, loved, created_at, tries,
    was_loved, was_loved_at, state, last_error FROM hearts ORDER BY rowid;
DROP TABLE hearts;

ALTER TABLE loved RENAME TO old_loved;
DROP INDEX loved_unmatched;
CREATE TABLE loved (                  -- what the user loves at a service
    account_id INTEGER NOT NULL,
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
    PRIMARY KEY (account_id, artist_key, title_key)
);
INSERT OR IGNORE INTO loved SELECT 1, * FROM old_loved;
DROP TABLE old_loved;
CREATE INDEX loved_unmatched ON loved (plain_artist, plain_title) WHERE NOT matched;

CREATE TABLE imports (                -- imports of loved tracks that are under way
    account_id INTEGER PRIMARY KEY,
    username TEXT NOT NULL,
    run INTEGER NOT NULL,             -- since when, UNIX milliseconds; its name
    page INTEGER NOT NULL,            -- the next one
    pages INTEGER NOT NULL,
    total INTEGER NOT NULL,           -- tracks, as the service said last
    first_total INTEGER NOT NULL,     -- as it said first
    seen INTEGER NOT NULL,
    imported INTEGER NOT NULL,
    already INTEGER NOT NULL
);

CREATE TABLE state (                  -- small values that are kept over a restart
    account_id INTEGER NOT NULL,      -- 0 = the daemon's own
    name TEXT NOT NULL,
    value TEXT NOT NULL,              -- JSON
    PRIMARY KEY (account_id, name)
);
CREATE TEMP VIEW old AS SELECT name, CASE                -- a hold because of the API key has a name now
    WHEN json_extract(value, '$.bad_key') THEN json_set(json_remove(value, '$.bad_key'), '$.hold_fault', 'key')
    ELSE json_remove(value, '$.bad_key') END AS value FROM journal WHERE json_valid(value);
INSERT INTO state SELECT 1, 'worker', json_object(
    'usage', (SELECT json(value) FROM old WHERE name = 'budget'),
    'backoff', (SELECT json(value) FROM old WHERE name = 'backoff'),
    'love_backoff', (SELECT json(value) FROM old WHERE name = 'love_backoff'),
    'alerts', (SELECT json_object('told', CASE
        WHEN json_type(value, '$.limit') IS NULL THEN json(value)
        ELSE json_set(json_remove(value, '$.limit'), '$."daily limit"', json_extract(value, '$.limit'))
        END) FROM old WHERE name = 'told'))
WHERE EXISTS (SELECT 1 FROM old WHERE name IN ('budget', 'backoff', 'love_backoff', 'told'));
-- Of the old state of the tracker only this is kept: what had counted and plays on does not count again.
INSERT INTO state SELECT 0, 'tracker', json_object(
    'boot_id', json_extract(old.value, '$.boot_id'), 'players', json('{}'), 'counted', json_group_array(json_object(
        'player', 'before the upgrade', 'track', json(json_extract(player.value, '$.play.track')),
        'begin', json_extract(player.value, '$.play.begin.at.mono'),
        'end', json_extract(player.value, '$.play.begin.at.mono') + json_extract(player.value, '$.play.track.length'))))
FROM old, json_each(old.value, '$.players') AS player
WHERE old.name = 'tracker' AND json_extract(player.value, '$.play.verdict') = 'counted'
    AND json_extract(player.value, '$.play.track.length') > 0
GROUP BY old.name;
DROP VIEW old;
INSERT OR IGNORE INTO state SELECT 1, name, value FROM journal WHERE name = 'last_import';
DROP TABLE journal;
