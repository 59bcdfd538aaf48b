-- The ledger of version 4 of a film with two takes, a doubt, a failure and an open task.
CREATE TABLE artifacts (
    digest       TEXT NOT NULL,
    task         TEXT NOT NULL,
    key          TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    stored_at    INTEGER NOT NULL,
    PRIMARY KEY (digest, task)
) STRICT;
INSERT INTO "artifacts" VALUES('7b0fea070e7c9fe29e3d2aab80694e7f017ca1a462d1fe8ae8ae8f0b59f44e8b','kling_788nfh5fc','c02a8b5fff3b99e7f31efe69ae1f3f16704143c8cacc5bbdf5a34f08a563e9a9',61789,1795902725954);
INSERT INTO "artifacts" VALUES('530f4c95b79b9757a14943d0472f49695ec4db98dedbb87d23561ea57dd03479','kling_53prtya0v','05d635fb6a378c54f3d62f73df0e9d6d7f49e59b8b110e88bd3e27ac73fdc2d5',63850,1795902725954);
CREATE TABLE hashed (
    path         TEXT PRIMARY KEY,
    stamp        TEXT NOT NULL,
    digest       TEXT NOT NULL
) STRICT;
CREATE TABLE hosted (
    digest       TEXT NOT NULL,
    host         TEXT NOT NULL,
    url          TEXT NOT NULL,
    hosted_at    INTEGER NOT NULL,
    PRIMARY KEY (digest, host)
) STRICT;
INSERT INTO "hosted" VALUES('1d8bbfd87b6ba6d79b23d13c93b915516ececdc549cc640b1b84bb732476f323','http://127.0.0.1:8791/','http://127.0.0.1:8791/files/kling-build/1d8bbfd87b6ba6d79b23d13c93b915516ececdc549cc640b1b84bb732476f323.png',1795902726296);
CREATE TABLE lock_takes (
    path         TEXT NOT NULL,
    digest       TEXT NOT NULL,
    used_until   INTEGER,           -- null while the lock names it
    PRIMARY KEY (path, digest)
) STRICT;
CREATE TABLE locks (
    path         TEXT PRIMARY KEY,
    storyboard   TEXT NOT NULL,
    text         TEXT NOT NULL,     -- SHA-256 of the file as it was seen
    forgotten    INTEGER NOT NULL   -- whether a person said that it is gone for good
) STRICT;
CREATE TABLE submissions (
    id           INTEGER PRIMARY KEY,
    key          TEXT NOT NULL,
    family       TEXT NOT NULL,
    storyboard   TEXT NOT NULL,
    scene        TEXT NOT NULL,
    model        TEXT NOT NULL,
    seed         INTEGER,
    random_seed  INTEGER NOT NULL,
    credits_max  INTEGER NOT NULL,  -- thousandths of a credit
    recipe       TEXT NOT NULL,     -- JSON
    intended_at  INTEGER NOT NULL,  -- milliseconds since 1970, as all moments here
    state        TEXT NOT NULL CHECK (state IN
        ('intended', 'open', 'finished', 'failed', 'not-accepted')),
    task         TEXT,
    accepted_at  INTEGER,
    ended_at     INTEGER,
    code         INTEGER,
    message      TEXT
, token TEXT) STRICT;
INSERT INTO "submissions" VALUES(1,'05d635fb6a378c54f3d62f73df0e9d6d7f49e59b8b110e88bd3e27ac73fdc2d5','kling-rehearsal','STORYBOARD','dawn','kling-2-5-turbo',81273,0,50000,'{"aspect_ratio":"16:9","duration":5,"model":"kling-2-5-turbo","prompt":"the harbor at dawn","provider":"kling-rehearsal","resolution":"720p","seed":81273,"type":"t2v"}',1795902725179,'finished','kling_53prtya0v',1795902725182,1795902725480,NULL,NULL,NULL);
INSERT INTO "submissions" VALUES(2,'c02a8b5fff3b99e7f31efe69ae1f3f16704143c8cacc5bbdf5a34f08a563e9a9','kling-rehearsal','STORYBOARD','night','kling-2-5-turbo',44444,0,50000,'{"aspect_ratio":"16:9","duration":5,"model":"kling-2-5-turbo","prompt":"lights at night","provider":"kling-rehearsal","resolution":"720p","seed":44444,"type":"t2v"}',1795902725183,'finished','kling_788nfh5fc',1795902725184,1795902725483,NULL,NULL,NULL);
INSERT INTO "submissions" VALUES(3,'f52dfebcaf149267c9080cfb0cb799d7c0cd90b8fa5dd6b4b57898f673947469','kling-rehearsal','STORYBOARD','boats','kling-2-5-turbo',22222,0,50000,'{"aspect_ratio":"16:9","duration":5,"image":{"artifact":"530f4c95b79b9757a14943d0472f49695ec4db98dedbb87d23561ea57dd03479","frame":"last"},"model":"kling-2-5-turbo","prompt":"boats leave","provider":"kling-rehearsal","resolution":"720p","seed":22222,"type":"i2v"}',1795902726299,'intended',NULL,NULL,1795902726308,NULL,'the connection was lost before an answer came: Connection reset by peer',NULL);
INSERT INTO "submissions" VALUES(4,'b514a5c37825960223cbf53484f87fee189be3ead292ef516d65119bcf9a2374','kling-rehearsal','STORYBOARD','fog','kling-2-5-turbo',48663,0,50000,'{"aspect_ratio":"16:9","duration":5,"model":"kling-2-5-turbo","prompt":"fog","provider":"kling-rehearsal","resolution":"720p","seed":48663,"type":"t2v"}',1795902727566,'failed','kling_fog',1795902727567,1795902727866,NULL,'generation failed',NULL);
INSERT INTO "submissions" VALUES(5,'de2748a3bc24d3d69a2a32df91bcb385fe775314c793e1ec058d8ac92750bd5f','kling-rehearsal','STORYBOARD','rain','kling-2-5-turbo',45411,0,50000,'{"aspect_ratio":"16:9","duration":5,"model":"kling-2-5-turbo","prompt":"rain","provider":"kling-rehearsal","resolution":"720p","seed":45411,"type":"t2v"}',1795902728514,'open','kling_rain',1795902728515,NULL,NULL,NULL,NULL);
CREATE TABLE takes (
    key          TEXT PRIMARY KEY,
    digest       TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    task         TEXT NOT NULL,
    finished_at  INTEGER NOT NULL,
    stored_at    INTEGER NOT NULL
) STRICT;
INSERT INTO "takes" VALUES('c02a8b5fff3b99e7f31efe69ae1f3f16704143c8cacc5bbdf5a34f08a563e9a9','7b0fea070e7c9fe29e3d2aab80694e7f017ca1a462d1fe8ae8ae8f0b59f44e8b',61789,'kling_788nfh5fc',1795902725483,1795902725954);
INSERT INTO "takes" VALUES('05d635fb6a378c54f3d62f73df0e9d6d7f49e59b8b110e88bd3e27ac73fdc2d5','530f4c95b79b9757a14943d0472f49695ec4db98dedbb87d23561ea57dd03479',63850,'kling_53prtya0v',1795902725480,1795902725954);
CREATE INDEX submissions_by_key ON submissions (key);
CREATE INDEX submissions_by_task ON submissions (task);
CREATE INDEX submissions_by_model ON submissions (model, family, state);
CREATE INDEX submissions_by_scene ON submissions (storyboard, scene);
CREATE INDEX artifacts_by_task ON artifacts (task);
CREATE UNIQUE INDEX submissions_by_token ON submissions (token) WHERE token IS NOT NULL;
CREATE INDEX submissions_by_likeness ON submissions (storyboard,
    iif(json_valid(recipe), json_remove(recipe, '$.seed', '$.image.artifact'), ''));
PRAGMA user_version = 4;
