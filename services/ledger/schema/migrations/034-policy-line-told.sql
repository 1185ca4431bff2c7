-- Lines of settings whose end was told of, by the hash of what they say.
CREATE TABLE policy_line_told (
  line text PRIMARY KEY,
  told_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON policy_line_told TO sudoql_gateway;
