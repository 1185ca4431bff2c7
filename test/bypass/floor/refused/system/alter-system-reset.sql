-- Or puts it back.
ALTER SYSTEM RESET ALL
