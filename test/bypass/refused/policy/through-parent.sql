-- A row policy of a partitioned table's parent that writes.
SELECT * FROM public.guarded_parts
