-- Policies that wait until others approve them (`policy.approvals`), and what these answered. Insert-only: a request's state follows from what there is.
CREATE TABLE policy_request (
  id text PRIMARY KEY,
  revision text NOT NULL,
  content text REFERENCES policy_revision ON DELETE SET NULL,
  -- The activation that it would follow: once there is another one, it is overtaken.
  after bigint NOT NULL REFERENCES policy_activation,
  actor jsonb NOT NULL,
  summary text NOT NULL,
  -- What whoever approves reads, as JSON: sentences on rights, lines of the difference and of flips.
  rights jsonb NOT NULL,
  difference jsonb NOT NULL,
  flips jsonb NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE policy_answer (
  request text NOT NULL REFERENCES policy_request,
  principal text NOT NULL,
  answer text NOT NULL CHECK (answer IN ('approve', 'deny')),
  answered_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (request, principal, answer)
);

ALTER TABLE policy_activation ADD COLUMN request text REFERENCES policy_request;

GRANT SELECT, INSERT ON policy_request, policy_answer TO sudoql_gateway;
GRANT SELECT ON policy_request, policy_answer TO sudoql_auditor;
