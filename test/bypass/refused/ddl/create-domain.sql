-- A domain.
CREATE DOMAIN d AS int
