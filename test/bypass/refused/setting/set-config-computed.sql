-- A name that is only known at run time.
SELECT set_config('transaction_' || 'read_only', 'off', false)
