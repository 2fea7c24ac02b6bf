-- The store, version 1. Tables by intention; times are Unix seconds UTC, sizes octets.
-- What the server is believed to hold is kept beside what the person sees: a placement's `folder`,
-- `flags` and `keywords` are seen, `server_folder`, `uid`, `server_flags`, `server_keywords` are the
-- server's. Seen = server's + the wants that are not carried out yet, in their order (table want_effect).

CREATE TABLE account (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    address     TEXT NOT NULL COLLATE NOCASE UNIQUE,
    position    INTEGER NOT NULL DEFAULT 0,
    record      BLOB NOT NULL,                      -- model.Account, MessagePack
    quota_used  INTEGER NOT NULL DEFAULT 0,
    quota_limit INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE folder (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    account       INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    path          TEXT NOT NULL,
    name          TEXT NOT NULL,
    parent        INTEGER REFERENCES folder (id) ON DELETE SET NULL,
    role          TEXT NOT NULL DEFAULT '',
    delimiter     TEXT NOT NULL DEFAULT '/',
    rights        TEXT NOT NULL DEFAULT '',
    selectable    INTEGER NOT NULL DEFAULT 1,
    shared        INTEGER NOT NULL DEFAULT 0,
    subscribed    INTEGER NOT NULL DEFAULT 1,
    synced        INTEGER NOT NULL DEFAULT 0,
    position      INTEGER NOT NULL DEFAULT 0,
    uidvalidity   INTEGER NOT NULL DEFAULT 0,
    uidnext       INTEGER NOT NULL DEFAULT 0,
    modseq        INTEGER NOT NULL DEFAULT 0,
    server_octets INTEGER NOT NULL DEFAULT 0,
    synced_utc    INTEGER NOT NULL DEFAULT 0,
    -- kept by the triggers below, exactly
    messages      INTEGER NOT NULL DEFAULT 0,
    unread        INTEGER NOT NULL DEFAULT 0,
    octets        INTEGER NOT NULL DEFAULT 0,
    known         INTEGER NOT NULL DEFAULT 0,       -- UIDs believed to be in it on the server
    version       INTEGER NOT NULL DEFAULT 0,       -- another value = its list is another
    UNIQUE (account, path)
) STRICT;
CREATE INDEX folder_parent ON folder (parent);

CREATE TABLE message (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    account        INTEGER NOT NULL REFERENCES account (id),
    rfc_message_id TEXT NOT NULL DEFAULT '',
    octets         INTEGER NOT NULL,                -- as the server counts them (RFC822.SIZE)
    docid          INTEGER,                         -- rowid in `search_N`: hour of arrival * 65536 + n
    indexed        INTEGER NOT NULL DEFAULT 0,      -- 0 nothing, 1 headers, 2 everything
    has_body       INTEGER NOT NULL DEFAULT 0,
    sender         TEXT NOT NULL DEFAULT '',
    address        TEXT NOT NULL DEFAULT '',
    recipients     TEXT NOT NULL DEFAULT '',
    subject        TEXT NOT NULL DEFAULT '',
    snippet        TEXT NOT NULL DEFAULT '',
    level          TEXT NOT NULL DEFAULT 'unknown',
    provisional    INTEGER NOT NULL DEFAULT 1,
    critical       INTEGER NOT NULL DEFAULT 0,
    attachments    INTEGER NOT NULL DEFAULT 0,
    document       TEXT NOT NULL DEFAULT '',
    bio            INTEGER NOT NULL DEFAULT 0,
    abnormal       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX message_identity ON message (rfc_message_id, octets);
CREATE UNIQUE INDEX message_docid ON message (docid) WHERE docid IS NOT NULL;
CREATE INDEX message_unindexed ON message (id) WHERE indexed < 2;
CREATE INDEX message_missing ON message (account, docid DESC) WHERE has_body = 0;

CREATE TABLE annotation (
    message INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    summary BLOB NOT NULL,                          -- model.Summary without its text, MessagePack
    verdict BLOB NOT NULL,
    matches BLOB NOT NULL
) STRICT;

CREATE TABLE body (
    message INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    content BLOB NOT NULL                           -- the raw message, zstd
) STRICT;

CREATE TABLE placement (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    message           INTEGER NOT NULL REFERENCES message (id),
    folder            INTEGER REFERENCES folder (id) ON DELETE CASCADE,         -- seen; NULL = deleted for good
    internal_date_utc INTEGER NOT NULL CHECK (internal_date_utc BETWEEN 0 AND 1 << 40),
    flags             INTEGER NOT NULL DEFAULT 0,
    keywords          TEXT NOT NULL DEFAULT '',     -- sorted, one blank between
    octets            INTEGER NOT NULL DEFAULT 0,
    attachments       INTEGER NOT NULL DEFAULT 0,
    document          TEXT NOT NULL DEFAULT '',
    bio               INTEGER NOT NULL DEFAULT 0,   -- 1 = results of a laboratory
    abnormal          INTEGER NOT NULL DEFAULT 0,
    pending           INTEGER NOT NULL DEFAULT 0,   -- effects on it whose want is not carried out
    server_folder     INTEGER REFERENCES folder (id) ON DELETE SET NULL,        -- NULL = not there yet
    uid               INTEGER,                      -- in server_folder; NULL = not told yet
    server_flags      INTEGER NOT NULL DEFAULT 0,
    server_keywords   TEXT NOT NULL DEFAULT '',
    modseq            INTEGER NOT NULL DEFAULT 0,
    awaiting_utc      INTEGER NOT NULL DEFAULT 0    -- since when it should show up in server_folder
) STRICT;
CREATE UNIQUE INDEX placement_uid ON placement (server_folder, uid) WHERE uid IS NOT NULL;
CREATE INDEX placement_awaiting ON placement (server_folder) WHERE uid IS NULL;
CREATE INDEX placement_message ON placement (message);
CREATE INDEX placement_order ON placement (folder, internal_date_utc DESC, id DESC);
CREATE INDEX placement_unread ON placement (folder, internal_date_utc DESC, id DESC) WHERE flags & 1 = 0;
CREATE INDEX placement_flagged ON placement (folder, internal_date_utc DESC, id DESC, flags)
    WHERE flags & 4 = 4;
CREATE INDEX placement_document ON placement (folder, internal_date_utc DESC, id DESC, document, flags)
    WHERE document <> '';
CREATE INDEX placement_bio ON placement (folder, internal_date_utc DESC, id DESC, flags)
    WHERE bio = 1;
CREATE INDEX placement_abnormal ON placement (folder, internal_date_utc DESC, id DESC, flags)
    WHERE abnormal > 0;
CREATE INDEX placement_attached ON placement (folder, internal_date_utc DESC, id DESC, flags)
    WHERE attachments > 0;
CREATE INDEX placement_keyword ON placement (folder, internal_date_utc DESC, id DESC, keywords, flags)
    WHERE keywords <> '';

-- How many placements a folder holds per day of arrival: finds the row at any offset without walking
-- over the rows before it.
CREATE TABLE day (
    folder   INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    day      INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (folder, day)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER placement_added AFTER INSERT ON placement WHEN new.folder IS NOT NULL BEGIN
    UPDATE folder SET messages = messages + 1, unread = unread + (new.flags & 1 = 0),
                      octets = octets + new.octets, version = version + 1
        WHERE id = new.folder;
    INSERT INTO day (folder, day, messages) VALUES (new.folder, new.internal_date_utc / 86400, 1)
        ON CONFLICT DO UPDATE SET messages = messages + 1;
END;
CREATE TRIGGER placement_gone AFTER DELETE ON placement WHEN old.folder IS NOT NULL BEGIN
    UPDATE folder SET messages = messages - 1, unread = unread - (old.flags & 1 = 0),
                      octets = octets - old.octets, version = version + 1
        WHERE id = old.folder;
    UPDATE day SET messages = messages - 1
        WHERE folder = old.folder AND day = old.internal_date_utc / 86400;
    DELETE FROM day WHERE folder = old.folder AND day = old.internal_date_utc / 86400 AND messages = 0;
END;
CREATE TRIGGER placement_marked AFTER UPDATE OF flags ON placement
    WHEN new.folder IS old.folder AND new.flags & 1 <> old.flags & 1 BEGIN
    UPDATE folder SET unread = unread + (new.flags & 1 = 0) - (old.flags & 1 = 0), version = version + 1
        WHERE id = new.folder;
END;
CREATE TRIGGER placement_moved AFTER UPDATE OF folder, internal_date_utc, octets ON placement
    WHEN new.folder IS NOT old.folder OR new.internal_date_utc <> old.internal_date_utc
        OR new.octets <> old.octets BEGIN
    UPDATE folder SET messages = messages - 1, unread = unread - (old.flags & 1 = 0),
                      octets = octets - old.octets, version = version + 1
        WHERE id = old.folder;
    UPDATE day SET messages = messages - 1
        WHERE folder = old.folder AND day = old.internal_date_utc / 86400;
    DELETE FROM day WHERE folder = old.folder AND day = old.internal_date_utc / 86400 AND messages = 0;
    UPDATE folder SET messages = messages + 1, unread = unread + (new.flags & 1 = 0),
                      octets = octets + new.octets, version = version + 1
        WHERE id = new.folder;
    INSERT INTO day (folder, day, messages)
        SELECT new.folder, new.internal_date_utc / 86400, 1 WHERE new.folder IS NOT NULL
        ON CONFLICT DO UPDATE SET messages = messages + 1;
END;
CREATE TRIGGER placement_known AFTER INSERT ON placement WHEN new.uid IS NOT NULL BEGIN
    UPDATE folder SET known = known + 1 WHERE id = new.server_folder;
END;
CREATE TRIGGER placement_forgotten AFTER DELETE ON placement WHEN old.uid IS NOT NULL BEGIN
    UPDATE folder SET known = known - 1 WHERE id = old.server_folder;
END;
CREATE TRIGGER placement_told AFTER UPDATE OF server_folder, uid ON placement BEGIN
    UPDATE folder SET known = known - 1 WHERE id = old.server_folder AND old.uid IS NOT NULL;
    UPDATE folder SET known = known + 1 WHERE id = new.server_folder AND new.uid IS NOT NULL;
END;
-- A content goes with its last placement.
CREATE TRIGGER placement_last AFTER DELETE ON placement
    WHEN NOT EXISTS (SELECT 1 FROM placement WHERE message = old.message) BEGIN
    DELETE FROM message WHERE id = old.message;
END;

-- The search index is made of FTS5 tables `search_N`, one for each half-year of arrival, made when its first
-- message comes (store/index.py). Rows of messages that are gone leave it at the end of the transaction.
CREATE TABLE unindexed (docid INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER message_gone AFTER DELETE ON message WHEN old.indexed > 0 BEGIN
    INSERT OR IGNORE INTO unindexed (docid) VALUES (old.docid);
END;

CREATE TABLE correspondent (
    address  TEXT PRIMARY KEY COLLATE NOCASE,
    name     TEXT NOT NULL DEFAULT '',
    folded   TEXT NOT NULL DEFAULT '',              -- name and address without accents or capitals
    sent     INTEGER NOT NULL DEFAULT 0,
    received INTEGER NOT NULL DEFAULT 0,
    last_utc INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE want (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,   -- the order of wanting
    id             TEXT NOT NULL UNIQUE,
    kind           TEXT NOT NULL,
    account        INTEGER REFERENCES account (id) ON DELETE CASCADE,
    state          TEXT NOT NULL DEFAULT 'waiting'
                   CHECK (state IN ('waiting', 'doing', 'done', 'undone', 'parked', 'uncertain')),
    phase          TEXT NOT NULL DEFAULT '',
    attempts       INTEGER NOT NULL DEFAULT 0,
    not_before_utc INTEGER NOT NULL DEFAULT 0,
    problem        BLOB,                            -- model.Problem, MessagePack
    data           TEXT NOT NULL DEFAULT '{}',      -- JSON, strings only
    describe       TEXT NOT NULL DEFAULT '',
    record         BLOB NOT NULL,                   -- the want, MessagePack
    created_utc    INTEGER NOT NULL,
    changed_utc    INTEGER NOT NULL
) STRICT;
CREATE INDEX want_open ON want (account, seq) WHERE state NOT IN ('done', 'undone');
CREATE INDEX want_ended ON want (changed_utc) WHERE state IN ('done', 'undone');

CREATE TABLE want_effect (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    want            TEXT NOT NULL REFERENCES want (id) ON DELETE CASCADE,
    placement       INTEGER NOT NULL REFERENCES placement (id) ON DELETE CASCADE,
    active          INTEGER NOT NULL DEFAULT 1,     -- 0 = carried out, kept for the opposite
    action          TEXT NOT NULL CHECK (action IN ('mark', 'move', 'remove', 'create', 'source')),
    target          INTEGER REFERENCES folder (id) ON DELETE CASCADE,
    origin          INTEGER,                        -- of a 'create': the placement copied
    add_flags       INTEGER NOT NULL DEFAULT 0,
    remove_flags    INTEGER NOT NULL DEFAULT 0,
    add_keywords    TEXT NOT NULL DEFAULT '',
    remove_keywords TEXT NOT NULL DEFAULT '',
    before_folder   INTEGER REFERENCES folder (id) ON DELETE CASCADE,
    before_flags    INTEGER NOT NULL DEFAULT 0,
    before_keywords TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX want_effect_want ON want_effect (want);
CREATE INDEX want_effect_placement ON want_effect (placement, active);

CREATE TABLE outbox (
    want           TEXT PRIMARY KEY REFERENCES want (id) ON DELETE CASCADE,
    account        INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    rfc_message_id TEXT NOT NULL,
    subject        TEXT NOT NULL DEFAULT '',
    envelope_from  TEXT NOT NULL,
    recipients     TEXT NOT NULL,                   -- JSON list
    octets         INTEGER NOT NULL,
    content        BLOB NOT NULL,                   -- the frozen message, zstd
    draft          TEXT NOT NULL DEFAULT '',
    queue_id       TEXT NOT NULL DEFAULT '',
    filed          INTEGER NOT NULL DEFAULT 0,
    sent_folder    INTEGER REFERENCES folder (id) ON DELETE SET NULL,
    refused        BLOB,                            -- tuple of model.RefusedRecipient, MessagePack
    since_utc      INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_identity ON outbox (rfc_message_id);

CREATE TABLE draft (
    id       TEXT PRIMARY KEY,
    account  INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    record   BLOB NOT NULL,                         -- model.Draft, MessagePack
    kept_utc INTEGER NOT NULL
) STRICT;
CREATE TABLE draft_attachment (
    id        TEXT PRIMARY KEY,
    draft     TEXT NOT NULL,                        -- may come before the draft is first kept
    filename  TEXT NOT NULL,
    type      TEXT NOT NULL,
    octets    INTEGER NOT NULL,
    content   BLOB NOT NULL,                        -- zstd
    added_utc INTEGER NOT NULL
) STRICT;
CREATE INDEX draft_attachment_draft ON draft_attachment (draft);

CREATE TABLE delivery (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256        BLOB NOT NULL,
    kind          TEXT NOT NULL,
    number        TEXT NOT NULL DEFAULT '',         -- file number at the sender
    family        TEXT NOT NULL DEFAULT '',
    given         TEXT NOT NULL DEFAULT '',
    birth         TEXT NOT NULL DEFAULT '',
    document_date TEXT NOT NULL DEFAULT '',
    sender        TEXT NOT NULL DEFAULT '',
    placement     INTEGER NOT NULL DEFAULT 0,       -- no reference: the ledger outlives the message
    part          TEXT NOT NULL DEFAULT '',
    directory     TEXT NOT NULL,
    file          TEXT NOT NULL,
    correction    INTEGER NOT NULL DEFAULT 0,
    delivered_utc INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_content ON delivery (sha256);
CREATE INDEX delivery_dossier ON delivery (number, family);

CREATE TABLE trace (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    utc     INTEGER NOT NULL,
    account INTEGER,
    action  TEXT NOT NULL,
    detail  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX trace_utc ON trace (utc);

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE secret (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
