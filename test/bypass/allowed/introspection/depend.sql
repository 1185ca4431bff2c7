-- Dependencies.
SELECT pg_describe_object(classid, objid, objsubid), deptype FROM pg_depend LIMIT 5
