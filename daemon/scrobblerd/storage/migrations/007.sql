-- The database's seventh shape: what services show of our plays, and plays that are sent to them later.

ALTER TABLE scrobble_queue ADD COLUMN origin TEXT NOT NULL DEFAULT '';  -- '' = as it was played; 'import', 'backfill'
CREATE INDEX queue_by_origin ON scrobble_queue (account_id, origin, timestamp) WHERE state = 'pending';

ALTER TABLE outcomes ADD COLUMN username TEXT NOT NULL DEFAULT '';  -- to whom a play was sent
ALTER TABLE outcomes ADD COLUMN timestamp INTEGER;   -- UNIX seconds with which it was sent
ALTER TABLE outcomes ADD COLUMN sent_as TEXT;        -- JSON of what was sent; '' = the play as it is; NULL = unknown
UPDATE outcomes SET timestamp = (SELECT start FROM plays WHERE plays.id = play_id),
    username = coalesce((SELECT username FROM accounts WHERE accounts.id = account_id), '')
WHERE outcome = 'sent';
CREATE INDEX outcomes_by_account ON outcomes (account_id, outcome, timestamp);

CREATE TABLE corrections (            -- the names under which a service keeps a play
    play_id INTEGER NOT NULL REFERENCES plays (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL,
    artist TEXT NOT NULL,             -- '' = as it was sent
    track TEXT NOT NULL,
    album TEXT NOT NULL,
    album_artist TEXT NOT NULL,
    artist_key TEXT NOT NULL,         -- of the track as it was played, as the library compares it
    title_key TEXT NOT NULL,
    their_artist_key TEXT NOT NULL,   -- of the track as the service has it
    their_title_key TEXT NOT NULL,
    PRIMARY KEY (play_id, account_id)
);
CREATE INDEX corrections_by_track ON corrections (artist_key, title_key, account_id);
CREATE INDEX corrections_by_their_track ON corrections (their_artist_key, their_title_key, account_id);

CREATE TABLE findings (               -- where a service does not show what was sent to it
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    kind TEXT NOT NULL,               -- 'missing', 'doubled', 'changed'
    cause TEXT NOT NULL,              -- why it is doubled, or why it stays missing; '' = unknown
    play_id INTEGER,                  -- NULL = no play of the history
    listened_at INTEGER NOT NULL,     -- UNIX seconds
    artist TEXT NOT NULL,             -- as the service shows it; of a missing one as it was sent
    track TEXT NOT NULL,
    album TEXT NOT NULL,
    sent_artist TEXT NOT NULL,        -- as it was sent
    sent_track TEXT NOT NULL,
    listen_id TEXT NOT NULL,          -- the service's own; '' = none
    client TEXT NOT NULL              -- what sent it; '' = the service does not say
);
CREATE INDEX findings_by_account ON findings (account_id, listened_at, id);
CREATE INDEX findings_by_play ON findings (play_id);

CREATE TABLE backfills (              -- own history that is on its way to an account
    account_id INTEGER PRIMARY KEY,
    username TEXT NOT NULL,           -- who is sent it
    since INTEGER NOT NULL,           -- UNIX seconds
    until INTEGER NOT NULL,
    per_day INTEGER NOT NULL,         -- rows of a day; 0 = no limit
    is_unchecked INTEGER NOT NULL,    -- 1 = without reading what the service has
    total INTEGER NOT NULL,           -- plays to look at
    last_start INTEGER NOT NULL,      -- of the play that was looked at last
    last_id INTEGER NOT NULL,
    queued INTEGER NOT NULL,          -- rows that were made
    there INTEGER NOT NULL,           -- plays that the service had
    left_out INTEGER NOT NULL,        -- by the rules of the account
    too_old INTEGER NOT NULL
);
CREATE INDEX queue_of_backfill ON scrobble_queue (account_id, state) WHERE origin = 'backfill';

CREATE TABLE deletions (              -- listens that the user corrected or deleted, and that a service still has
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    username TEXT NOT NULL,           -- whose listen it is
    row_id INTEGER,                   -- the row of the queue that is sent once it is deleted; NULL = none
    artist TEXT NOT NULL,             -- as it was sent
    track TEXT NOT NULL,
    album TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,         -- UNIX seconds: when it was, or may have been
    tries INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL DEFAULT 0,
    is_asked INTEGER NOT NULL DEFAULT 0  -- 1 = the service showed it, and was or may have been asked to delete it;
                                         -- 2 = it is deleted, and may be shown until next_attempt
);
CREATE INDEX deletions_by_row ON deletions (row_id);

CREATE TABLE former_plays (           -- what plays were before they were edited or deleted: no import brings that back
    play_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    names TEXT NOT NULL,              -- SHA-256 of artist and title as they are compared
    start INTEGER NOT NULL,
    length REAL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (play_id, names)
);
CREATE INDEX former_plays_by_key ON former_plays (key);
CREATE INDEX former_plays_by_start ON former_plays (start);
