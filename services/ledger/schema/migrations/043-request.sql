-- Requests for others' approval, and reviews of elevations that broke glass. Insert-only like the record: a request's state is the
-- last of its rows, each inserted in the transaction of its entry.

CREATE TABLE request (
  request text PRIMARY KEY,
  principal text NOT NULL,
  target text NOT NULL,
  -- Hash of what was asked: another reason, time or way of asking is another request.
  binding text NOT NULL,
  body jsonb NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX request_by_principal ON request (principal, asked_at);
CREATE INDEX request_by_time ON request (asked_at);

-- Who agreed, each once, as they were then.
CREATE TABLE request_approval (
  request text NOT NULL REFERENCES request,
  principal text NOT NULL,
  body jsonb NOT NULL,
  approved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (request, principal)
);

-- `until`: of `approved`, when the elevation must have begun. All other states are final, and one of them comes once.
CREATE TABLE request_state (
  request text NOT NULL REFERENCES request,
  state text NOT NULL CHECK (state IN ('approved', 'denied', 'withdrawn', 'expired', 'used')),
  body jsonb NOT NULL,
  until timestamptz CHECK ((until IS NOT NULL) = (state = 'approved')),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (request, state)
);
CREATE UNIQUE INDEX request_over ON request_state (request) WHERE state <> 'approved';

-- What was said once more of an open request: a reminder, that it was widened.
CREATE TABLE request_told (
  request text NOT NULL REFERENCES request,
  step text NOT NULL,
  PRIMARY KEY (request, step)
);

CREATE TABLE review_owed (
  elevation text PRIMARY KEY,
  body jsonb NOT NULL,
  since timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE review (
  elevation text PRIMARY KEY REFERENCES review_owed,
  body jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE review_told (
  elevation text NOT NULL REFERENCES review_owed,
  step int NOT NULL,
  PRIMARY KEY (elevation, step)
);

GRANT SELECT, INSERT ON request, request_approval, request_state, request_told, review_owed, review, review_told
  TO sudoql_gateway;
GRANT SELECT ON request, request_approval, request_state, review_owed, review TO sudoql_auditor;
