-- Which gateway processes live is told by their advisory locks. These rows say of which ones an end is to be settled:
-- those whose last event is `alive`. A process writes `alive` each time that it takes its lock (again); who settled what it left, `settled`.
CREATE TABLE replica_life (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  replica text NOT NULL,
  event text NOT NULL CHECK (event IN ('alive', 'settled')),
  by text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX replica_life_by_replica ON replica_life (replica, seq);

GRANT SELECT, INSERT ON replica_life TO sudoql_gateway;
GRANT SELECT ON replica_life TO sudoql_auditor;
