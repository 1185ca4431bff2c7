-- Runs ALTER EXTENSION.
SELECT postgis_extensions_upgrade()
