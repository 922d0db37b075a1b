-- The database's second shape: a library that knows music folders, and loved tracks with it or without.

ALTER TABLE library ADD COLUMN plain_artist TEXT NOT NULL DEFAULT '';  -- without decorations
ALTER TABLE library ADD COLUMN plain_title TEXT NOT NULL DEFAULT '';
ALTER TABLE library ADD COLUMN loved_in INTEGER NOT NULL DEFAULT 0;    -- the import that saw it last
UPDATE OR IGNORE library SET artist_key = match_key(artist), title_key = match_key(title);
UPDATE library SET plain_artist = plain_artist(artist_key), plain_title = plain_title(title_key);
CREATE INDEX library_plain ON library (plain_artist, plain_title);
CREATE INDEX library_loved ON library (artist_key, title_key) WHERE lastfm_loved;
CREATE INDEX library_mbid ON library (mbid) WHERE mbid != '';

CREATE TABLE music_files (
    url TEXT PRIMARY KEY,             -- file:, percent-encoded
    mtime INTEGER NOT NULL,           -- nanoseconds
    size INTEGER NOT NULL,            -- bytes
    track INTEGER REFERENCES library (id),  -- NULL without artist or title
    error TEXT NOT NULL DEFAULT ''    -- why it could not be read
);
CREATE INDEX music_files_by_track ON music_files (track);

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
CREATE INDEX loved_unmatched ON loved (plain_artist, plain_title) WHERE NOT matched;

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
