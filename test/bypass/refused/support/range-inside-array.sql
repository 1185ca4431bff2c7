-- Ranges inside arrays are compared by the operator class of their subtype.
SELECT array_position(ARRAY[r], r) FROM sly_ranges
