//! The schema: the ledger's tables, and the steps that upgrade older ledgers.

/// The statements that create an empty ledger of the present version. A test compares it with what
/// the upgrades make of one of version 1.
pub(super) const PRESENT: &str = "
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
    message      TEXT,
    -- What proves that a callback is meant for this submission.
    token        TEXT,
    -- The fault that ended it, whole, as JSON; null in rows of earlier versions.
    fault        TEXT,
    -- Whether it is another take than the one that the film uses.
    roll         INTEGER NOT NULL DEFAULT 0,
    -- The profile that it was made with; empty for the film itself.
    profile      TEXT NOT NULL DEFAULT '',
    -- The API dialect that a task was made in: it is asked about in no other.
    api          TEXT NOT NULL DEFAULT 'kling'
) STRICT;
CREATE INDEX submissions_by_key ON submissions (key);
CREATE INDEX submissions_by_task ON submissions (task);
CREATE INDEX submissions_by_model ON submissions (model, family, state);
CREATE INDEX submissions_by_scene ON submissions (storyboard, scene);
CREATE UNIQUE INDEX submissions_by_token ON submissions (token) WHERE token IS NOT NULL;
CREATE INDEX submissions_by_roll ON submissions (storyboard) WHERE roll;
-- How many requests all processes have sent lately.
CREATE INDEX submissions_by_time ON submissions (family, intended_at);
CREATE TABLE takes (
    key          TEXT PRIMARY KEY,
    digest       TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    task         TEXT NOT NULL,
    finished_at  INTEGER NOT NULL,
    stored_at    INTEGER NOT NULL
) STRICT;
CREATE TABLE hosted (
    digest       TEXT NOT NULL,
    host         TEXT NOT NULL,
    url          TEXT NOT NULL,
    hosted_at    INTEGER NOT NULL,
    PRIMARY KEY (digest, host)
) STRICT;
-- Whose each artifact of the store is, also after a newer take of its key. A key is never paid again
-- while any video of it is in the store.
CREATE TABLE artifacts (
    digest       TEXT NOT NULL,
    task         TEXT NOT NULL,
    key          TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    stored_at    INTEGER NOT NULL,
    PRIMARY KEY (digest, task)
) STRICT;
CREATE INDEX artifacts_by_task ON artifacts (task);
CREATE INDEX artifacts_by_key ON artifacts (key);
-- Tasks whose videos a person has declared lost: nobody asks about them again.
CREATE TABLE gone_tasks (
    task         TEXT PRIMARY KEY,
    key          TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX gone_tasks_by_key ON gone_tasks (key);
CREATE TABLE locks (
    path         TEXT PRIMARY KEY,
    storyboard   TEXT NOT NULL,
    text         TEXT NOT NULL,     -- SHA-256 of the file as it was seen
    forgotten    INTEGER NOT NULL   -- whether a person said that it is gone for good
) STRICT;
-- Whose the videos are that locks have named, those of other machines too.
CREATE TABLE lock_takes (
    path         TEXT NOT NULL,
    digest       TEXT NOT NULL,
    key          TEXT NOT NULL,     -- empty if an earlier version recorded it
    bytes        INTEGER NOT NULL,
    task         TEXT,              -- null for a file of the user's own
    finished_at  INTEGER NOT NULL,
    used_until   INTEGER,           -- null while the lock names it
    api          TEXT NOT NULL DEFAULT 'kling',
    PRIMARY KEY (path, digest, key)
) STRICT;
CREATE INDEX lock_takes_by_key ON lock_takes (key);
CREATE INDEX lock_takes_by_task ON lock_takes (task) WHERE task IS NOT NULL;
-- What people have decided about takes, newest last, so that it can be undone.
CREATE TABLE decisions (
    id           INTEGER PRIMARY KEY,
    lock         TEXT NOT NULL, -- its path
    scene        TEXT NOT NULL,
    said         TEXT NOT NULL, -- in words
    before       TEXT NOT NULL, -- JSON
    after        TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX decisions_by_lock ON decisions (lock);
";

/// The statements that created an empty ledger of version 1.
#[cfg(test)]
pub(super) const FIRST: &str = "
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
) STRICT;
CREATE INDEX submissions_by_key ON submissions (key);
CREATE INDEX submissions_by_task ON submissions (task);
CREATE INDEX submissions_by_model ON submissions (model, family, state);
CREATE INDEX submissions_by_scene ON submissions (storyboard, scene);
CREATE TABLE takes (
    key          TEXT PRIMARY KEY,
    digest       TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    task         TEXT NOT NULL,
    finished_at  INTEGER NOT NULL,
    stored_at    INTEGER NOT NULL
) STRICT;
CREATE TABLE hosted (
    digest       TEXT NOT NULL,
    host         TEXT NOT NULL,
    url          TEXT NOT NULL,
    hosted_at    INTEGER NOT NULL,
    PRIMARY KEY (digest, host)
) STRICT;
CREATE TABLE hashed (
    path         TEXT PRIMARY KEY,
    stamp        TEXT NOT NULL,
    digest       TEXT NOT NULL
) STRICT;
";

/// The statements that upgrade each version to the next, from version 1 on. Released ones never
/// change.
pub(super) const UPGRADES: &[&str] = &[
    "
-- Whose each artifact of the store is, also after a newer take of its key; which locks use it.
CREATE TABLE artifacts (
    digest       TEXT NOT NULL,
    task         TEXT NOT NULL,
    key          TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    stored_at    INTEGER NOT NULL,
    PRIMARY KEY (digest, task)
) STRICT;
CREATE INDEX artifacts_by_task ON artifacts (task);
INSERT INTO artifacts SELECT digest, task, key, bytes, stored_at FROM takes;
CREATE TABLE locks (
    path         TEXT PRIMARY KEY,
    storyboard   TEXT NOT NULL,
    text         TEXT NOT NULL,     -- SHA-256 of the file as it was seen
    forgotten    INTEGER NOT NULL   -- whether a person said that it is gone for good
) STRICT;
CREATE TABLE lock_takes (
    path         TEXT NOT NULL,
    digest       TEXT NOT NULL,
    used_until   INTEGER,           -- null while the lock names it
    PRIMARY KEY (path, digest)
) STRICT;
",
    "
-- What proves that a callback is meant for this submission.
ALTER TABLE submissions ADD COLUMN token TEXT;
CREATE UNIQUE INDEX submissions_by_token ON submissions (token) WHERE token IS NOT NULL;
",
    "
-- What requests of a storyboard share that differ in their seeds only.
CREATE INDEX submissions_by_likeness ON submissions (storyboard,
    iif(json_valid(recipe), json_remove(recipe, '$.seed', '$.image.artifact'), ''));
",
    "
-- The fault that ended it, whole, as JSON; null in rows of earlier versions.
ALTER TABLE submissions ADD COLUMN fault TEXT;
",
    "
-- Likeness is compared by the program: the order of fields in the JSON of a recipe means nothing.
DROP INDEX submissions_by_likeness;
",
    "
-- A key is never paid again while any video of it is in the store.
CREATE INDEX artifacts_by_key ON artifacts (key);
-- Tasks whose videos a person has declared lost: nobody asks about them again.
CREATE TABLE gone_tasks (
    task         TEXT PRIMARY KEY,
    key          TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX gone_tasks_by_key ON gone_tasks (key);
",
    "
-- Whether it is another take than the one that the film uses.
ALTER TABLE submissions ADD COLUMN roll INTEGER NOT NULL DEFAULT 0;
CREATE INDEX submissions_by_roll ON submissions (storyboard) WHERE roll;
-- The profile that it was made with; empty for the film itself.
ALTER TABLE submissions ADD COLUMN profile TEXT NOT NULL DEFAULT '';
-- Whose the videos are that locks have named, those of other machines too.
ALTER TABLE lock_takes RENAME TO lock_digests;
CREATE TABLE lock_takes (
    path         TEXT NOT NULL,
    digest       TEXT NOT NULL,
    key          TEXT NOT NULL,     -- empty if an earlier version recorded it
    bytes        INTEGER NOT NULL,
    task         TEXT,              -- null for a file of the user's own
    finished_at  INTEGER NOT NULL,
    used_until   INTEGER,           -- null while the lock names it
    PRIMARY KEY (path, digest, key)
) STRICT;
CREATE INDEX lock_takes_by_key ON lock_takes (key);
INSERT INTO lock_takes SELECT path, digest, '', 0, NULL, 0, used_until FROM lock_digests;
DROP TABLE lock_digests;
UPDATE locks SET text = '';
-- How many requests all processes have sent lately.
CREATE INDEX submissions_by_time ON submissions (family, intended_at);
-- What people have decided about takes, newest last, so that it can be undone.
CREATE TABLE decisions (
    id           INTEGER PRIMARY KEY,
    lock         TEXT NOT NULL, -- its path
    scene        TEXT NOT NULL,
    said         TEXT NOT NULL, -- in words
    before       TEXT NOT NULL, -- JSON
    after        TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX decisions_by_lock ON decisions (lock);
",
    "
-- The API dialect that a task was made in: it is asked about in no other.
ALTER TABLE submissions ADD COLUMN api TEXT NOT NULL DEFAULT 'kling';
ALTER TABLE lock_takes ADD COLUMN api TEXT NOT NULL DEFAULT 'kling';
CREATE INDEX lock_takes_by_task ON lock_takes (task) WHERE task IS NOT NULL;
",
    "
-- What is known about input files is kept beside the ledger.
DROP TABLE hashed;
",
];
