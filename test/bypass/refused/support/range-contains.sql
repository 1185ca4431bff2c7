-- The server's operators on ranges compare by the operator class of their subtype.
SELECT r @> 1 FROM sly_ranges
