-- Ends that could not be confirmed: whoever lives goes on looking. A row of each is inserted in the transaction of its entry.
CREATE TABLE elevation_unconfirmed (
  elevation text PRIMARY KEY,
  ended_at timestamptz NOT NULL
);

-- What was found later, each once: that the backend is gone, or, after a while, that it still is not.
CREATE TABLE elevation_settled (
  elevation text NOT NULL REFERENCES elevation_unconfirmed,
  backend text NOT NULL CHECK (backend IN ('gone', 'unconfirmed')),
  settled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (elevation, backend)
);

GRANT SELECT, INSERT ON elevation_unconfirmed, elevation_settled TO sudoql_gateway;
GRANT SELECT ON elevation_unconfirmed, elevation_settled TO sudoql_auditor;
