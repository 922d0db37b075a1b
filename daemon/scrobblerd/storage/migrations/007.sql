-- The database's seventh shape: what services show of our plays, and plays that are sent to them later.

ALTER TABLE scrobble_queue ADD COLUMN origin TEXT NOT NULL DEFAULT '';  -- '' = as it was played; 'import', 'backfill'
CREATE INDEX queue_by_origin ON scrobble_queue (account_id, origin, timestamp) WHERE state = 'pending';

CREATE TABLE corrections (            -- the names under which a service keeps a play
    play_id INTEGER NOT NULL REFERENCES plays (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL,
    artist TEXT NOT NULL,             -- '' = as it was sent
    track TEXT NOT NULL,
    album TEXT NOT NULL,
    album_artist TEXT NOT NULL,
    PRIMARY KEY (play_id, account_id)
);

CREATE TABLE findings (               -- where a service does not show what was sent to it
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    kind TEXT NOT NULL,               -- 'missing', 'doubled', 'changed', 'foreign'
    play_id INTEGER,                  -- NULL = no play of the history
    listened_at INTEGER NOT NULL,     -- UNIX seconds
    artist TEXT NOT NULL,             -- as the service shows it; of a missing one as it was sent
    track TEXT NOT NULL,
    album TEXT NOT NULL,
    listen_id TEXT NOT NULL,          -- the service's own; '' = none
    client TEXT NOT NULL              -- what sent it; '' = the service does not say
);
CREATE INDEX findings_by_account ON findings (account_id, listened_at, id);
CREATE INDEX findings_by_play ON findings (play_id);

CREATE TABLE backfills (              -- own history that is on its way to an account
    account_id INTEGER PRIMARY KEY,
    since INTEGER NOT NULL,           -- UNIX seconds
    until INTEGER NOT NULL,
    next INTEGER NOT NULL,            -- starts before it have been looked at
    per_day INTEGER NOT NULL,         -- 0 = as the service's limits say
    queued INTEGER NOT NULL,          -- rows that were made
    there INTEGER NOT NULL,           -- plays that the service had
    left_out INTEGER NOT NULL         -- by the rules of the account, or too old
);
