-- Makes tables and views.
SELECT EnableLongTransactions()
