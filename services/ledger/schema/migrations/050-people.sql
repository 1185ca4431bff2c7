-- Who signs in with the company's provider. Insert-only like the rest: what ends or changes is a row beside it.

-- Whose principal a provider's subject is, for good. Never found by an email, which providers give to another.
CREATE TABLE identity (
  issuer text NOT NULL,
  subject text NOT NULL,
  principal text NOT NULL CHECK (principal <> '' AND length(principal) <= 63),
  created_at timestamptz NOT NULL DEFAULT now(),
  actor jsonb NOT NULL,
  PRIMARY KEY (issuer, subject)
);
-- Ana and ana would read as one person.
CREATE UNIQUE INDEX identity_by_principal ON identity (issuer, lower(principal));

-- One proof by the provider of who somebody is. Browser sessions and tokens come of it, and end with it.
CREATE TABLE sign_in (
  id text PRIMARY KEY,
  issuer text NOT NULL,
  subject text NOT NULL,
  principal text NOT NULL,
  email text,
  name text,
  groups text[] NOT NULL,
  -- The provider's own session, by which its logout names it.
  sid text,
  acr text,
  -- When the person last proved it to the provider.
  authenticated_at timestamptz NOT NULL,
  address text NOT NULL,
  client text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (issuer, subject) REFERENCES identity
);
CREATE INDEX sign_in_by_subject ON sign_in (issuer, subject, created_at);
CREATE INDEX sign_in_by_principal ON sign_in (principal, created_at);

CREATE TABLE sign_in_end (
  sign_in text PRIMARY KEY REFERENCES sign_in,
  ended_at timestamptz NOT NULL DEFAULT now(),
  why text NOT NULL,
  actor jsonb NOT NULL
);

-- The provider is asked again. `refresh`: its refresh token, encrypted by a key that is not here; the newest row counts. `after`: the row
-- that was due, so that one of the replicas asks: a refresh token that is used twice is taken for a stolen one.
CREATE TABLE sign_in_check (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sign_in text NOT NULL REFERENCES sign_in,
  checked_at timestamptz NOT NULL DEFAULT now(),
  refresh bytea,
  after bigint UNIQUE
);
CREATE INDEX sign_in_check_newest ON sign_in_check (sign_in, seq);

CREATE TABLE browser_session (
  id text PRIMARY KEY,
  sign_in text NOT NULL REFERENCES sign_in,
  secret_hash bytea NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX browser_session_by_sign_in ON browser_session (sign_in);

-- By the minute.
CREATE TABLE browser_session_seen (
  session text NOT NULL REFERENCES browser_session,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (session, seen_at)
);

CREATE TABLE browser_session_end (
  session text PRIMARY KEY REFERENCES browser_session,
  ended_at timestamptz NOT NULL DEFAULT now(),
  why text NOT NULL
);

-- What was begun and waits for its second half: a sign-in at the provider, a code for a command line, a device. Each is used once.
CREATE TABLE under_way (
  -- Hex SHA-256 of the secret that the other half brings.
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('sign_in', 'code', 'device')),
  -- Hex SHA-256 of what a person types, of a device.
  typed text UNIQUE,
  body jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);

CREATE TABLE under_way_used (
  id text PRIMARY KEY REFERENCES under_way,
  used_at timestamptz NOT NULL DEFAULT now()
);

-- What a person said of a device; `sign_in` null: no.
CREATE TABLE device_answer (
  id text PRIMARY KEY REFERENCES under_way,
  sign_in text REFERENCES sign_in,
  answered_at timestamptz NOT NULL DEFAULT now()
);

-- Of tokens that a sign-in gave: they end with it.
ALTER TABLE token
  ADD COLUMN sign_in text REFERENCES sign_in,
  ADD COLUMN client text;
CREATE INDEX token_by_sign_in ON token (sign_in) WHERE sign_in IS NOT NULL;

GRANT SELECT, INSERT ON identity, sign_in, sign_in_end, sign_in_check, browser_session, browser_session_seen, browser_session_end,
  under_way, under_way_used, device_answer TO sudoql_gateway;
GRANT SELECT ON identity TO sudoql_auditor;
