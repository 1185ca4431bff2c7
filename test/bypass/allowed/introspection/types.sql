-- Types, as drivers load them.
SELECT t.oid, t.typname, t.typelem, t.typdelim, t.typreceive::regproc, r.rngsubtype FROM pg_type t LEFT JOIN pg_range r ON r.rngtypid = t.oid
