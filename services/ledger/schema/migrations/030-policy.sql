-- Policies by all that they are made of, each once: a text in JSON, path → text. Compiled WASM is each gateway's own.
CREATE TABLE policy_revision (
  -- SHA-256 of all files, tests and schemas included; readers compute it again.
  content text PRIMARY KEY CHECK (content ~ '^[0-9a-f]{64}$'),
  -- SHA-256 of what decides.
  revision text NOT NULL CHECK (revision ~ '^[0-9a-f]{64}$'),
  files text NOT NULL CHECK (octet_length(files) <= 33554432),
  stored_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX policy_revision_by_revision ON policy_revision (revision, stored_at);

-- Insert-only: what was superseded comes back by a row of its own, never by a changed one.
ALTER TABLE policy_activation
  ADD COLUMN kind text NOT NULL DEFAULT 'activated' CHECK (kind IN ('activated', 'rolled_back')),
  ADD COLUMN content text REFERENCES policy_revision,
  ADD COLUMN summary text NOT NULL DEFAULT '';

GRANT SELECT, INSERT ON policy_revision TO sudoql_gateway;
GRANT SELECT ON policy_revision TO sudoql_auditor;
