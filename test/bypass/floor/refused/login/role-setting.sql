-- A setting that meets the reader's next session.
ALTER ROLE corpus_reader SET default_transaction_read_only = off
