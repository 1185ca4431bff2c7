-- Principals' tokens. Insert-only: a token is never changed, it is revoked by a row beside it.

-- All tokens of a principal share salt and iterations, so that one SCRAM exchange can be tried against each.
CREATE TABLE principal_salt (
  principal text PRIMARY KEY CHECK (principal <> '' AND length(principal) <= 63),
  salt bytea NOT NULL,
  iterations int NOT NULL
);

-- Each token carries the principal as it was when the token was made: kind, elevate, groups and email are this token's.
CREATE TABLE token (
  id text PRIMARY KEY,
  principal text NOT NULL REFERENCES principal_salt,
  email text,
  kind text NOT NULL CHECK (kind IN ('human', 'service', 'agent')),
  elevate text NOT NULL CHECK (elevate IN ('none', 'connect', 'in-band')),
  groups text[] NOT NULL,
  -- SHA-256 of the whole secret; enough, since the secret is random and not chosen by a person.
  secret_hash bytea NOT NULL UNIQUE,
  stored_key bytea NOT NULL,
  server_key bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX token_by_principal ON token (principal, expires_at);

CREATE TABLE token_revocation (
  token text PRIMARY KEY REFERENCES token,
  revoked_at timestamptz NOT NULL DEFAULT now(),
  actor jsonb NOT NULL
);

-- Random keys that all replicas use, made by whichever needs one first.
CREATE TABLE shared_secret (
  name text PRIMARY KEY,
  secret bytea NOT NULL CHECK (length(secret) >= 32)
);

GRANT SELECT, INSERT ON principal_salt, token, token_revocation, shared_secret TO sudoql_gateway;
