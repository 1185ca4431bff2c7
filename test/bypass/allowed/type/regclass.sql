-- Names as object ids.
SELECT 'customers'::regclass, to_regclass('nothing'), 'int4'::regtype, 'public'::regnamespace
