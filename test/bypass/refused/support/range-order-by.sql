-- Ranges are sorted by the operator class of their subtype.
SELECT * FROM sly_ranges ORDER BY r
