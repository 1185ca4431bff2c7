-- In EXTRACT's operand.
SELECT extract(year FROM now() + immutable_lie(1) * interval '1 day')
