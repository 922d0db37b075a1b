-- The database's fourth shape: what services beside Last.fm take of a play.

ALTER TABLE plays ADD COLUMN track_number INTEGER;             -- NULL = unknown
ALTER TABLE plays ADD COLUMN mbid TEXT NOT NULL DEFAULT '';    -- of the recording, as the tags have it
ALTER TABLE plays ADD COLUMN details TEXT NOT NULL DEFAULT ''; -- JSON: all artists, other MBIDs, address, player
ALTER TABLE scrobble_queue ADD COLUMN details TEXT NOT NULL DEFAULT '';  -- the same, frozen
