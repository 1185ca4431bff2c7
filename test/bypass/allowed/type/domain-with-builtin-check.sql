-- A domain whose CHECK is harmless.
SELECT 'a@b'::email_address
