-- The database's sixth shape: what waits at one account costs no other one time.

CREATE INDEX queue_by_account ON scrobble_queue (account_id, state, timestamp);
