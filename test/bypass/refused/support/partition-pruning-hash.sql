-- A hash partition key's operator class hashes the constant that partitions are pruned by.
SELECT * FROM sly_hashed WHERE k OPERATOR(public.====) 5
