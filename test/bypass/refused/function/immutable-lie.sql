-- A label that lies more.
SELECT immutable_lie(1)
