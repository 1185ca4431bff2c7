-- The outbox. Insert-only like the record: what became of a notice stands in rows beside it, never in a changed one.
-- The jobs that carry the notices are graphile-worker's; these tables are the truth that lost jobs are made anew from.

-- One row for each event and channel. `grouping` is equal for notices that may share a message.
CREATE TABLE notice (
  id text PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  channel text NOT NULL,
  grouping text NOT NULL,
  elevation text,
  body jsonb NOT NULL,
  -- Where the event's entry stands in its chain: { chain, seq, hash, at }.
  head jsonb NOT NULL
);
CREATE INDEX notice_by_group ON notice (channel, grouping, created_at);
CREATE INDEX notice_by_elevation ON notice (elevation, channel) WHERE elevation IS NOT NULL;
CREATE INDEX notice_by_time ON notice (created_at);

-- Which message names a notice. A message's id is that of the notice which leads it; its recipients see it as webhook-id and Message-ID.
-- `opens`: when the window of ten seconds began in which later notices of the group wait; null for the message at a window's end.
CREATE TABLE notice_message (
  notice text PRIMARY KEY REFERENCES notice,
  message text NOT NULL REFERENCES notice,
  opens timestamptz
);
CREATE INDEX notice_message_members ON notice_message (message);

-- The last row of a message says how it stands. `retry` is an operator's; `remaining`: recipients that have not got it yet.
CREATE TABLE notice_attempt (
  message text NOT NULL REFERENCES notice,
  attempt int NOT NULL CHECK (attempt > 0),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  outcome text NOT NULL CHECK (outcome IN ('delivered', 'failed', 'dead', 'retry')),
  problem text,
  remaining text[],
  PRIMARY KEY (message, attempt)
);
CREATE INDEX notice_attempt_dead ON notice_attempt (at) WHERE outcome = 'dead';

-- How every notice stands now.
CREATE VIEW notice_state WITH (security_invoker) AS
SELECT n.id, n.created_at, n.channel, n.elevation, n.body, n.head, m.message,
  CASE last.outcome WHEN 'delivered' THEN 'delivered' WHEN 'dead' THEN 'dead' ELSE 'pending' END AS state,
  coalesce(last.attempt, 0) AS attempts, last.at AS last_at, last.problem
FROM notice n
LEFT JOIN notice_message m ON m.notice = n.id
LEFT JOIN LATERAL (
  SELECT a.* FROM notice_attempt a WHERE a.message = m.message ORDER BY a.attempt DESC LIMIT 1
) last ON true;

GRANT SELECT, INSERT ON notice, notice_message, notice_attempt TO sudoql_gateway;
GRANT SELECT ON notice_state TO sudoql_gateway;
