PRAGMA user_version = 2;
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
INSERT INTO "hearts" VALUES('','mira holt','moss','Mira Holt','Moss',1,1790000000,0,0,NULL,'pending','');
INSERT INTO "hearts" VALUES('quiet_otter','mira holt','fern','Mira Holt','Fern',0,1790000000,0,1,1700000000,'pending','');
INSERT INTO "hearts" VALUES('quiet_otter','mira holt','bark','Mira Holt','Bark',1,1790000000,0,0,NULL,'rejected','Last.fm says: Track not found (error 6)');
INSERT INTO "hearts" VALUES('loud_heron','mira holt','bog','Mira Holt','Bog',1,1790000000,0,0,NULL,'pending','');
CREATE TABLE journal (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL               -- JSON
);
INSERT INTO "journal" VALUES('backoff','{"failures": 2, "next_attempt": 1790000090.0, "last_error": "Last.fm says: Try again (error 16)", "hold": "", "probes": 0, "blocks": 0, "delay": 90.0, "bad_key": false}');
INSERT INTO "journal" VALUES('budget','{"day": 20717, "requests": 12, "scrobbles": 34, "last": 1790000000.0}');
INSERT INTO "journal" VALUES('suspicion','{"failures": 1, "size": 0, "acquittals": 0}');
INSERT INTO "journal" VALUES('told','{"expiring": 1790000000.0}');
INSERT INTO "journal" VALUES('love_backoff','{"failures": 0, "next_attempt": 0.0, "last_error": "", "hold": "", "probes": 0, "blocks": 0, "delay": 0.0, "bad_key": false}');
INSERT INTO "journal" VALUES('last_import','{"total": 2, "imported": 1, "already_loved": 0, "not_in_library": 1}');
INSERT INTO "journal" VALUES('loved_import','{"user": "quiet_otter", "run": 78, "page": 2, "pages": 3, "total": 2500, "first": 2500, "seen": 1000, "imported": 5, "already": 10}');
INSERT INTO "journal" VALUES('tracker','{"boot_id": "boot-1", "players": [], "counted": []}');
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
INSERT INTO "library" VALUES(1,'the paper lanterns','slow harbour','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,'','file:///a.mkv',3,1789960000,1789986000,0,NULL,'the paper lanterns','slow harbour',0);
INSERT INTO "library" VALUES(2,'mira holt','fern','Mira Holt','Fern','Understorey','',180.0,'','',0,1789972100,1789972100,0,NULL,'mira holt','fern',77);
INSERT INTO "library" VALUES(3,'the paper lanterns','sent','The Paper Lanterns','sent','Tidewater','',200.0,'','',1,1789980100,1789980100,1,1700000001,'the paper lanterns','sent',77);
INSERT INTO "library" VALUES(4,'the paper lanterns','sent after tries','The Paper Lanterns','sent after tries','Tidewater','',200.0,'','',1,1789980200,1789980200,0,NULL,'the paper lanterns','sent after tries',0);
INSERT INTO "library" VALUES(5,'the paper lanterns','ignored artist','The Paper Lanterns','ignored artist','Tidewater','',200.0,'','',1,1789980300,1789980300,0,NULL,'the paper lanterns','ignored artist',0);
INSERT INTO "library" VALUES(6,'the paper lanterns','ignored track','The Paper Lanterns','ignored track','Tidewater','',200.0,'','',1,1789980400,1789980400,0,NULL,'the paper lanterns','ignored track',0);
INSERT INTO "library" VALUES(7,'the paper lanterns','ignored old','The Paper Lanterns','ignored old','Tidewater','',200.0,'','',1,1789980500,1789980500,0,NULL,'the paper lanterns','ignored old',0);
INSERT INTO "library" VALUES(8,'the paper lanterns','ignored future once','The Paper Lanterns','ignored future once','Tidewater','',200.0,'','',1,1789980600,1789980600,0,NULL,'the paper lanterns','ignored future once',0);
INSERT INTO "library" VALUES(9,'the paper lanterns','ignored future twice','The Paper Lanterns','ignored future twice','Tidewater','',200.0,'','',1,1789980700,1789980700,0,NULL,'the paper lanterns','ignored future twice',0);
INSERT INTO "library" VALUES(10,'the paper lanterns','ignored unknown','The Paper Lanterns','ignored unknown','Tidewater','',200.0,'','',1,1789980800,1789980800,0,NULL,'the paper lanterns','ignored unknown',0);
INSERT INTO "library" VALUES(11,'the paper lanterns','daily limit','The Paper Lanterns','daily limit','Tidewater','',200.0,'','',1,1789980900,1789980900,0,NULL,'the paper lanterns','daily limit',0);
INSERT INTO "library" VALUES(12,'the paper lanterns','refused','The Paper Lanterns','refused','Tidewater','',200.0,'','',1,1789981000,1789981000,0,NULL,'the paper lanterns','refused',0);
INSERT INTO "library" VALUES(13,'the paper lanterns','refused by the front end','The Paper Lanterns','refused by the front end','Tidewater','',200.0,'','',1,1789981100,1789981100,0,NULL,'the paper lanterns','refused by the front end',0);
INSERT INTO "library" VALUES(14,'the paper lanterns','set aside','The Paper Lanterns','set aside','Tidewater','',200.0,'','',1,1789981200,1789981200,0,NULL,'the paper lanterns','set aside',0);
INSERT INTO "library" VALUES(15,'the paper lanterns','set aside before','The Paper Lanterns','set aside before','Tidewater','',200.0,'','',1,1789981300,1789981300,0,NULL,'the paper lanterns','set aside before',0);
INSERT INTO "library" VALUES(16,'the paper lanterns','tried','The Paper Lanterns','tried','Tidewater','',200.0,'','',1,1789981400,1789981400,0,NULL,'the paper lanterns','tried',0);
INSERT INTO "library" VALUES(17,'the paper lanterns','not reached','The Paper Lanterns','not reached','Tidewater','',200.0,'','',1,1789981500,1789981500,0,NULL,'the paper lanterns','not reached',0);
INSERT INTO "library" VALUES(18,'the paper lanterns','waits','The Paper Lanterns','waits','Tidewater','',200.0,'','',1,1789981600,1789981600,0,NULL,'the paper lanterns','waits',0);
INSERT INTO "library" VALUES(19,'the paper lanterns','of nobody','The Paper Lanterns','of nobody','Tidewater','',200.0,'','',1,1789981700,1789981700,0,NULL,'the paper lanterns','of nobody',0);
INSERT INTO "library" VALUES(20,'the paper lanterns','other account','The Paper Lanterns','other account','Tidewater','',200.0,'','',1,1789981800,1789981800,0,NULL,'the paper lanterns','other account',0);
INSERT INTO "library" VALUES(21,'the paper lanterns','other account too','The Paper Lanterns','other account too','Tidewater','',200.0,'','',1,1789981900,1789981900,0,NULL,'the paper lanterns','other account too',0);
INSERT INTO "library" VALUES(22,'the paper lanterns','edited','The Paper Lanterns','edited','Tidewater','',200.0,'','',1,1789982000,1789982000,0,NULL,'the paper lanterns','edited',0);
INSERT INTO "library" VALUES(23,'the paper lanterns','dropped','The Paper Lanterns','dropped','Tidewater','',200.0,'','',1,1789982100,1789982100,0,NULL,'the paper lanterns','dropped',0);
INSERT INTO "library" VALUES(24,'the paper lanterns','dropped while it played','The Paper Lanterns','dropped while it played','Tidewater','',200.0,'','',1,1789982200,1789982200,0,NULL,'the paper lanterns','dropped while it played',0);
INSERT INTO "library" VALUES(25,'the paper lanterns','sent long ago','The Paper Lanterns','sent long ago','Tidewater','',200.0,'','',1,1789982300,1789982300,0,NULL,'the paper lanterns','sent long ago',0);
INSERT INTO "library" VALUES(26,'the paper lanterns','sent at no date','The Paper Lanterns','sent at no date','Tidewater','',200.0,'','',1,1789982400,1789982400,0,NULL,'the paper lanterns','sent at no date',0);
INSERT INTO "library" VALUES(27,'the paper lanterns','lost','The Paper Lanterns','lost','Tidewater','',200.0,'','',1,1789982500,1789982500,0,NULL,'the paper lanterns','lost',0);
INSERT INTO "library" VALUES(28,'the paper lanterns','too old','The Paper Lanterns','too old','Tidewater','',200.0,'','',1,1788876800,1788876800,0,NULL,'the paper lanterns','too old',0);
INSERT INTO "library" VALUES(29,'the paper lanterns','unset clock','The Paper Lanterns','unset clock','Tidewater','',200.0,'','',1,86400,86400,0,NULL,'the paper lanterns','unset clock',0);
INSERT INTO "library" VALUES(30,'the paper lanterns','too old and held','The Paper Lanterns','too old and held','Tidewater','',200.0,'','',1,1788876805,1788876805,0,NULL,'the paper lanterns','too old and held',0);
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
INSERT INTO "loved" VALUES('the paper lanterns','sent','the paper lanterns','sent','The Paper Lanterns','sent','11111111-2222-4333-8444-555555555555',1700000001,1,77);
INSERT INTO "loved" VALUES('mira holt','moss','mira holt','moss','Mira Holt','Moss','',1790000000,0,77);
INSERT INTO "loved" VALUES('mira holt','bog','mira holt','bog','Mira Holt','Bog','',1790000000,0,77);
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
INSERT INTO "plays" VALUES(1,'mpv 1790000000.000 1000.000 0','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789960000,'boot-0',1000.0,199.0,100.0,'counted','heard 199 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(2,'mpv 1790000000.000 1000.000 1','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789961000,'boot-0',1000.0,40.0,100.0,'not_heard','heard 40 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(3,'mpv 1790000000.000 1000.000 2','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789962000,'boot-0',1000.0,9.99700000000000272865e+01,100.0,'not_heard','heard 100.0 s of 200 s, needed 100.0 s');
INSERT INTO "plays" VALUES(4,'mpv 1790000000.000 1000.000 3','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',29.0,1789963000,'boot-0',1000.0,29.0,30.0,'too_short','the track is 29 s long, only 30 s and longer count');
INSERT INTO "plays" VALUES(5,'mpv 1790000000.000 1000.000 4','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',29.7,1789964000,'boot-0',1000.0,29.0,30.0,'too_short','the track is 29.7 s long, only 30.0 s and longer count');
INSERT INTO "plays" VALUES(6,'mpv 1790000000.000 1000.000 5','mpv','The Paper Lanterns','','Tidewater','',200.0,1789965000,'boot-0',1000.0,100.0,100.0,'no_tags','the player gave no title');
INSERT INTO "plays" VALUES(7,'mpv 1790000000.000 1000.000 6','mpv','','Slow Harbour','Tidewater','',200.0,1789966000,'boot-0',1000.0,100.0,100.0,'no_tags','the player gave no artist');
INSERT INTO "plays" VALUES(8,'mpv 1790000000.000 1000.000 7','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',NULL,1789967000,'boot-0',1000.0,50.0,240.0,'not_heard','heard 50 s, needed 240 s');
INSERT INTO "plays" VALUES(9,'mpv 1790000000.000 1000.000 8','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',NULL,1789968000,'boot-0',1000.0,400.0,240.0,'counted','heard 400 s, needed 240 s');
INSERT INTO "plays" VALUES(10,'mpv 1790000000.000 1000.000 9','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789969000,'boot-0',1000.0,150.0,100.0,'disabled','scrobbling was off or paused; heard 150 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(11,'mpv 1790000000.000 1000.000 10','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789970000,'boot-0',1000.0,150.0,100.0,'unwanted','this player is only announced ([players] announce_only)');
INSERT INTO "plays" VALUES(12,'mpv 1790000000.000 1000.000 11','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789971000,'boot-0',1000.0,150.0,100.0,'unwanted','skipped by hand');
INSERT INTO "plays" VALUES(13,'mpv 1790000000.000 1000.000 12','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789972000,'boot-0',1000.0,100.0,100.0,'unclear','the player changed track without a word; heard 100 s of 200 s, needed 100 s at the most');
INSERT INTO "plays" VALUES(14,'mpv 1790000100.000 1100.000 12','mpv','Mira Holt','Fern','Understorey','',180.0,1789972100,'boot-0',1100.0,10.0,90.0,'not_heard','heard 10 s of 180 s, needed 90 s');
INSERT INTO "plays" VALUES(15,'mpv 1790000000.000 1000.000 13','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789973000,'boot-0',1000.0,150.0,100.0,'counted','heard 150 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(16,'vlc 1790000000.000 1000.000 13','vlc','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789973000,'boot-0',1000.0,150.0,100.0,'duplicate','mpv reported the same play, and that one counted');
INSERT INTO "plays" VALUES(17,'mpv 1790000000.000 1000.000 14','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789974000,'boot-0',1000.0,150.0,100.0,'unwanted','the site vimeo.com is ignored ([filters] presets: video-sites)');
INSERT INTO "plays" VALUES(18,'mpv 1790000000.000 1000.000 15','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789975000,'boot-0',1000.0,150.0,100.0,'unwanted','the site x.example is ignored ([filters] ignore_hosts)');
INSERT INTO "plays" VALUES(19,'mpv 1790000000.000 1000.000 16','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789976000,'boot-0',1000.0,150.0,100.0,'unwanted','files of type mkv are ignored ([filters] presets: video-files)');
INSERT INTO "plays" VALUES(20,'mpv 1790000000.000 1000.000 17','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789977000,'boot-0',1000.0,150.0,100.0,'unwanted','files of type wav are ignored ([filters] ignore_file_types)');
INSERT INTO "plays" VALUES(21,'mpv 1790000000.000 1000.000 18','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789978000,'boot-0',1000.0,150.0,100.0,'unwanted','the genre Spoken Word is ignored ([filters] ignore_genres)');
INSERT INTO "plays" VALUES(22,'mpv 1790000000.000 1000.000 19','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789979000,'boot-0',1000.0,150.0,100.0,'unwanted','its address or id matches ''^spotify:ad:'' ([filters] presets: ads)');
INSERT INTO "plays" VALUES(23,'mpv 1790000000.000 1000.000 20','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789980000,'boot-0',1000.0,150.0,100.0,'unwanted','its address or id matches ''^spotify:episode:\\d+$'' ([filters] ignore_urls)');
INSERT INTO "plays" VALUES(24,'mpv 1790000000.000 1000.000 21','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789981000,'boot-0',1000.0,150.0,100.0,'unwanted','its artist matches ''lanterns$'' ([filters] ignore_artist)');
INSERT INTO "plays" VALUES(25,'mpv 1790000000.000 1000.000 22','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789982000,'boot-0',1000.0,150.0,100.0,'unwanted','its title matches "it''s|har\\w+" ([filters] ignore_title)');
INSERT INTO "plays" VALUES(26,'mpv 1790000000.000 1000.000 23','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789983000,'boot-0',1000.0,150.0,100.0,'unwanted','its album matches ''(tide)'' ([filters] ignore_album)');
INSERT INTO "plays" VALUES(27,'mpv 1790000000.000 1000.000 24','mpv','The Paper Lanterns','Slow Harbour','','',200.0,1789984000,'boot-0',1000.0,150.0,100.0,'unwanted','it names no album ([filters] require_album)');
INSERT INTO "plays" VALUES(28,'mpv 1790000000.000 1000.000 25','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789985000,'boot-0',1000.0,150.0,100.0,'unwanted','it is shorter than 300 s ([filters] minimum_length)');
INSERT INTO "plays" VALUES(29,'mpv 1790000000.000 1000.000 26','mpv','The Paper Lanterns','Slow Harbour','Tidewater','',200.0,1789986000,'boot-0',1000.0,150.0,100.0,'unwanted','it is longer than 60.5 s ([filters] maximum_length)');
INSERT INTO "plays" VALUES(30,'row sent','mpv','The Paper Lanterns','sent','Tidewater','',200.0,1789980100,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(31,'row sent after tries','mpv','The Paper Lanterns','sent after tries','Tidewater','',200.0,1789980200,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(32,'row ignored artist','mpv','The Paper Lanterns','ignored artist','Tidewater','',200.0,1789980300,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(33,'row ignored track','mpv','The Paper Lanterns','ignored track','Tidewater','',200.0,1789980400,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(34,'row ignored old','mpv','The Paper Lanterns','ignored old','Tidewater','',200.0,1789980500,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(35,'row ignored future once','mpv','The Paper Lanterns','ignored future once','Tidewater','',200.0,1789980600,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(36,'row ignored future twice','mpv','The Paper Lanterns','ignored future twice','Tidewater','',200.0,1789980700,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(37,'row ignored unknown','mpv','The Paper Lanterns','ignored unknown','Tidewater','',200.0,1789980800,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(38,'row daily limit','mpv','The Paper Lanterns','daily limit','Tidewater','',200.0,1789980900,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(39,'row refused','mpv','The Paper Lanterns','refused','Tidewater','',200.0,1789981000,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(40,'row refused by the front end','mpv','The Paper Lanterns','refused by the front end','Tidewater','',200.0,1789981100,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(41,'row set aside','mpv','The Paper Lanterns','set aside','Tidewater','',200.0,1789981200,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(42,'row set aside before','mpv','The Paper Lanterns','set aside before','Tidewater','',200.0,1789981300,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(43,'row tried','mpv','The Paper Lanterns','tried','Tidewater','',200.0,1789981400,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(44,'row not reached','mpv','The Paper Lanterns','not reached','Tidewater','',200.0,1789981500,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(45,'row waits','mpv','The Paper Lanterns','waits','Tidewater','',200.0,1789981600,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(46,'row of nobody','mpv','The Paper Lanterns','of nobody','Tidewater','',200.0,1789981700,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(47,'row other account','mpv','The Paper Lanterns','other account','Tidewater','',200.0,1789981800,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(48,'row other account too','mpv','The Paper Lanterns','other account too','Tidewater','',200.0,1789981900,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(49,'row edited','mpv','The Paper Lanterns','edited','Tidewater','',200.0,1789982000,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(50,'row dropped','mpv','The Paper Lanterns','dropped','Tidewater','',200.0,1789982100,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s; taken out of the queue by hand');
INSERT INTO "plays" VALUES(51,'row dropped while it played','mpv','The Paper Lanterns','dropped while it played','Tidewater','',200.0,1789982200,'boot-0',1000.0,180.0,100.0,'counted','heard 180 s of 200 s, needed 100 s; taken out of the queue by hand');
INSERT INTO "plays" VALUES(52,'row sent long ago','mpv','The Paper Lanterns','sent long ago','Tidewater','',200.0,1789982300,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s; sent 2026-08-12 14:13:20');
INSERT INTO "plays" VALUES(53,'row sent at no date','mpv','The Paper Lanterns','sent at no date','Tidewater','',200.0,1789982400,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s; sent at an unknown time');
INSERT INTO "plays" VALUES(54,'row lost','mpv','The Paper Lanterns','lost','Tidewater','',200.0,1789982500,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(55,'row too old','mpv','The Paper Lanterns','too old','Tidewater','',200.0,1788876800,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(56,'row unset clock','mpv','The Paper Lanterns','unset clock','Tidewater','',200.0,86400,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
INSERT INTO "plays" VALUES(57,'row too old and held','mpv','The Paper Lanterns','too old and held','Tidewater','',200.0,1788876805,'boot-0',1000.0,100.0,100.0,'counted','heard 100 s of 200 s, needed 100 s');
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
INSERT INTO "scrobble_queue" VALUES(1,1,'lastfm','quiet_otter','The Paper Lanterns','Slow Harbour','Tidewater','',NULL,'',200,1789960000,1790000000,0,'pending',0,NULL,NULL,'');
INSERT INTO "scrobble_queue" VALUES(2,9,'lastfm','quiet_otter','The Paper Lanterns','Slow Harbour','Tidewater','',NULL,'',NULL,1789968000,1790000000,0,'pending',0,NULL,NULL,'');
INSERT INTO "scrobble_queue" VALUES(3,15,'lastfm','quiet_otter','The Paper Lanterns','Slow Harbour','Tidewater','',NULL,'',200,1789973000,1790000000,0,'pending',0,NULL,NULL,'');
INSERT INTO "scrobble_queue" VALUES(4,30,'lastfm','quiet_otter','The Paper Lanterns','sent','Tidewater','',NULL,'',200,1789980100,1790000000,1,'sent',1790000001,1790000001,0,'');
INSERT INTO "scrobble_queue" VALUES(5,31,'lastfm','quiet_otter','The Paper Lanterns','sent after tries','Tidewater','',NULL,'',200,1789980200,1790000000,4,'sent',1790000002,1790000002,0,'');
INSERT INTO "scrobble_queue" VALUES(6,32,'lastfm','quiet_otter','The Paper Lanterns','ignored artist','Tidewater','',NULL,'',200,1789980300,1790000000,1,'rejected',1790000003,NULL,1,'ignored by Last.fm: artist filtered');
INSERT INTO "scrobble_queue" VALUES(7,33,'lastfm','quiet_otter','The Paper Lanterns','ignored track','Tidewater','',NULL,'',200,1789980400,1790000000,1,'rejected',1790000004,NULL,2,'ignored by Last.fm: Track was ignored');
INSERT INTO "scrobble_queue" VALUES(8,34,'lastfm','quiet_otter','The Paper Lanterns','ignored old','Tidewater','',NULL,'',200,1789980500,1790000000,1,'rejected',1790000005,NULL,3,'ignored by Last.fm: too old');
INSERT INTO "scrobble_queue" VALUES(9,35,'lastfm','quiet_otter','The Paper Lanterns','ignored future once','Tidewater','',NULL,'',200,1789980600,1790000000,1,'pending',1790003606,NULL,4,'ignored by Last.fm: in the future');
INSERT INTO "scrobble_queue" VALUES(10,36,'lastfm','quiet_otter','The Paper Lanterns','ignored future twice','Tidewater','',NULL,'',200,1789980700,1790000000,2,'rejected',1790000000,NULL,4,'ignored by Last.fm: in the future');
INSERT INTO "scrobble_queue" VALUES(11,37,'lastfm','quiet_otter','The Paper Lanterns','ignored unknown','Tidewater','',NULL,'',200,1789980800,1790000000,1,'sent',1790000008,-9.0e+300,77,'');
INSERT INTO "scrobble_queue" VALUES(12,38,'lastfm','quiet_otter','The Paper Lanterns','daily limit','Tidewater','',NULL,'',200,1789980900,1790000000,1,'pending',1790000009,NULL,5,'ignored by Last.fm: daily limit reached');
INSERT INTO "scrobble_queue" VALUES(13,39,'lastfm','quiet_otter','The Paper Lanterns','refused','Tidewater','',NULL,'',200,1789981000,1790000000,1,'rejected',1790000010,NULL,6,'Last.fm says: Invalid parameters (error 6)');
INSERT INTO "scrobble_queue" VALUES(14,40,'lastfm','quiet_otter','The Paper Lanterns','refused by the front end','Tidewater','',NULL,'',200,1789981100,1790000000,1,'rejected',1790000011,NULL,0,'HTTP 418: is api_url right?');
INSERT INTO "scrobble_queue" VALUES(15,41,'lastfm','quiet_otter','The Paper Lanterns','set aside','Tidewater','',NULL,'',200,1789981200,1790000000,1,'pending',4000000000,NULL,8,'set aside: Last.fm says: Operation failed (error 8)');
INSERT INTO "scrobble_queue" VALUES(16,42,'lastfm','quiet_otter','The Paper Lanterns','set aside before','Tidewater','',NULL,'',200,1789981300,1790000000,1,'pending',1790003613,NULL,8,'set aside: Last.fm''s answer could not be read (HTTP 500)');
INSERT INTO "scrobble_queue" VALUES(17,43,'lastfm','quiet_otter','The Paper Lanterns','tried','Tidewater','',NULL,'',200,1789981400,1790000000,1,'pending',0,NULL,NULL,'Last.fm says: Try again (error 16)');
INSERT INTO "scrobble_queue" VALUES(18,44,'lastfm','quiet_otter','The Paper Lanterns','not reached','Tidewater','',NULL,'',200,1789981500,1790000000,0,'pending',0,NULL,NULL,'Last.fm can''t be reached (no route)');
INSERT INTO "scrobble_queue" VALUES(19,45,'lastfm','quiet_otter','The Paper Lanterns','waits','Tidewater','',NULL,'',200,1789981600,1790000000,0,'pending',0,NULL,NULL,'');
INSERT INTO "scrobble_queue" VALUES(20,46,'lastfm','quiet_otter','The Paper Lanterns','of nobody','Tidewater','',NULL,'',200,1789981700,1790000000,0,'pending',0,NULL,NULL,'');
INSERT INTO "scrobble_queue" VALUES(21,47,'lastfm','loud_heron','The Paper Lanterns','other account','Tidewater','',NULL,'',200,1789981800,1790000000,0,'held',0,NULL,NULL,'belongs to another account');
INSERT INTO "scrobble_queue" VALUES(22,48,'lastfm','loud_heron','The Paper Lanterns','other account too','Tidewater','',NULL,'',200,1789981900,1790000000,0,'held',0,NULL,NULL,'belongs to another account');
INSERT INTO "scrobble_queue" VALUES(23,49,'lastfm','quiet_otter','The Paper Lantern','edited','Tidewater','',NULL,'',200,1789982000,1790000000,0,'pending',0,NULL,NULL,'');
INSERT INTO "scrobble_queue" VALUES(29,55,'lastfm','quiet_otter','The Paper Lanterns','too old','Tidewater','',NULL,'',200,1788876800,1790000000,0,'expired',0,NULL,NULL,'older than 13.5 days: Last.fm takes nothing that old');
INSERT INTO "scrobble_queue" VALUES(30,56,'lastfm','quiet_otter','The Paper Lanterns','unset clock','Tidewater','',NULL,'',200,86400,1790000000,0,'expired',0,NULL,NULL,'its start was stamped by a clock that had not been set');
INSERT INTO "scrobble_queue" VALUES(31,57,'lastfm','loud_heron','The Paper Lanterns','too old and held','Tidewater','',NULL,'',200,1788876805,1790000000,0,'expired',0,NULL,NULL,'older than 13.5 days: Last.fm takes nothing that old');
INSERT INTO "scrobble_queue" VALUES(32,NULL,'lastfm','quiet_otter','Mira Holt','Moss','','',NULL,'',NULL,1789999500,1790000000,0,'pending',0,NULL,NULL,'');
INSERT INTO "scrobble_queue" VALUES(33,NULL,'lastfm','','Mira Holt','Moss','','',NULL,'',NULL,1789999300,1790000000,0,'pending',0,NULL,NULL,'');
CREATE INDEX plays_by_start ON plays (start);
CREATE INDEX queue_by_state ON scrobble_queue (state, timestamp);
CREATE INDEX library_plain ON library (plain_artist, plain_title);
CREATE INDEX library_loved ON library (artist_key, title_key) WHERE lastfm_loved;
CREATE INDEX library_mbid ON library (mbid) WHERE mbid != '';
CREATE INDEX music_files_by_track ON music_files (track);
CREATE INDEX loved_unmatched ON loved (plain_artist, plain_title) WHERE NOT matched;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('scrobble_queue',33);
COMMIT;
