-- A sequence's row.
SELECT last_value, is_called FROM ticket
