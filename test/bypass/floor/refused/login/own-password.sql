-- One's own password, which no grant can keep a login from changing.
ALTER ROLE CURRENT_USER PASSWORD 'x'
