-- The database's fifth shape: loves at services that love what was sent to them.

ALTER TABLE loves ADD COLUMN mbid TEXT NOT NULL DEFAULT '';        -- of the recording, as the tags have it
ALTER TABLE loves ADD COLUMN heard_at INTEGER NOT NULL DEFAULT 0;  -- start of a play that the service has; 0 = none
ALTER TABLE loves ADD COLUMN next_attempt INTEGER DEFAULT 0;       -- UNIX seconds; NULL = when a play of it was sent
