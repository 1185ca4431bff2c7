-- A partition key's operator class compares the bounds when the table is first opened, whatever is read of it.
SELECT * FROM sly_ranged
