-- What heartbeats ask for.

CREATE TABLE elevation_revocation (
  elevation text PRIMARY KEY,
  revoked_at timestamptz NOT NULL DEFAULT now(),
  actor jsonb NOT NULL
);

-- The newest by `seq` is the active revision (`policy.source: database`).
CREATE TABLE policy_activation (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision text NOT NULL,
  activated_at timestamptz NOT NULL DEFAULT now(),
  actor jsonb
);

GRANT SELECT, INSERT ON elevation_revocation, policy_activation TO sudoql_gateway;
GRANT SELECT ON elevation_revocation, policy_activation TO sudoql_auditor;
