-- Taken from others.
REVOKE SELECT ON customers FROM PUBLIC
