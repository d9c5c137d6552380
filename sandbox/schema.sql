-- The sandbox's whole state. Times are whole epoch seconds UTC, except due_at, which may have a fraction.
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One row per SIM. id is the list order. devices: [[imei, imsi, msisdn], ...]. apns: [[name, 1 if open], ...].
-- month_mb: data a full cycle would bring. stopped_at: usage stands still since. usage_set: fixed usage, from control.
-- previous: the columns as they were before the last change, for the fault "stale".
CREATE TABLE IF NOT EXISTS sim (
  id INTEGER PRIMARY KEY, giccid TEXT NOT NULL, account INTEGER NOT NULL, customer TEXT NOT NULL, po TEXT NOT NULL,
  status TEXT NOT NULL, package INTEGER, package_start INTEGER, package_end INTEGER,
  sell_at INTEGER NOT NULL, activated_at INTEGER, stopped_at INTEGER,
  country TEXT NOT NULL, devices TEXT NOT NULL, apns TEXT NOT NULL, month_mb REAL NOT NULL,
  usage_set REAL, custom TEXT, supplementary TEXT, previous TEXT
);

CREATE TABLE IF NOT EXISTS change_log (
  id INTEGER PRIMARY KEY, created_at INTEGER NOT NULL, giccid TEXT NOT NULL, account INTEGER NOT NULL,
  type TEXT NOT NULL, original TEXT, target TEXT, status TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS change_log_newest ON change_log (created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS change_log_sim ON change_log (giccid);

-- Accepted, not yet visible. `change` is what sandbox.changes applies; task is set for a batch's SIM.
CREATE TABLE IF NOT EXISTS pending (
  id INTEGER PRIMARY KEY, due_at REAL NOT NULL, operation TEXT NOT NULL, giccid TEXT NOT NULL,
  change TEXT NOT NULL, request_id TEXT NOT NULL, task INTEGER
);
CREATE INDEX IF NOT EXISTS pending_due ON pending (due_at, id);

CREATE TABLE IF NOT EXISTS job (
  id TEXT PRIMARY KEY, type TEXT NOT NULL, created_at REAL NOT NULL, total INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS task (
  id INTEGER PRIMARY KEY, job TEXT NOT NULL, giccid TEXT NOT NULL, package INTEGER,
  start_at REAL NOT NULL, status TEXT, error TEXT
);
CREATE INDEX IF NOT EXISTS task_job ON task (job, id);

CREATE TABLE IF NOT EXISTS sms (
  id TEXT PRIMARY KEY, giccid TEXT NOT NULL, text TEXT NOT NULL,
  created_at REAL NOT NULL, due_at REAL NOT NULL, outcome TEXT NOT NULL
) WITHOUT ROWID;

-- Pushes to deliver and delivered ones: one row per copy, copies of one push share `event`. `body` has neither
-- signature nor datePush, which are new for each attempt. forged: '', 'signature' or 'body'. id is never used again.
CREATE TABLE IF NOT EXISTS push (
  id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, kind TEXT NOT NULL, giccid TEXT NOT NULL,
  body TEXT NOT NULL, forged TEXT NOT NULL, due_at REAL NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, last_status INTEGER, last_error TEXT
);
CREATE INDEX IF NOT EXISTS push_due ON push (due_at, id) WHERE status = 'pending';

-- The oracle: one row per effect, written in the effect's own transaction. seq is never used again.
CREATE TABLE IF NOT EXISTS ledger (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, operation TEXT NOT NULL,
  giccid TEXT, request_id TEXT NOT NULL, detail TEXT NOT NULL
);
