-- By another kind of statement.
ALTER PUBLICATION p RENAME TO q
