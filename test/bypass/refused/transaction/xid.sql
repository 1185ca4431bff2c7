-- Assigns a transaction id, though it is called stable.
SELECT txid_current()
