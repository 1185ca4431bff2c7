-- Sessions whose end is recorded by another process than the one that had them.
CREATE TABLE session_settled (
  session text PRIMARY KEY,
  settled_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT ON session_settled TO sudoql_gateway;
