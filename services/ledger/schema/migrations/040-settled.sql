-- What is recorded once, whoever gets to it first: the gateway process that had it, or one that settles what a dead one left.
-- The row is inserted in the transaction of the entry; the second collides with it.

CREATE TABLE elevation_end (
  elevation text PRIMARY KEY,
  ended_at timestamptz NOT NULL DEFAULT now()
);

-- Only statements whose outcome is recorded as unknown by another process than the one that ran them.
CREATE TABLE statement_settled (
  statement text PRIMARY KEY,
  settled_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT ON elevation_end, statement_settled TO sudoql_gateway;
