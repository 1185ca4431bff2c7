-- Rewrites a table.
SELECT UpdateGeometrySRID('public', 'places', 'place', 3857)
