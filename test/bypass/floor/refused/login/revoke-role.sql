-- Control may not signal any more, so nothing ends by itself.
REVOKE pg_signal_backend FROM corpus_control
