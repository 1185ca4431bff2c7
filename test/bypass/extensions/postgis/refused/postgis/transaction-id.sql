-- Assigns a transaction id.
SELECT getTransactionID()
