-- Takes every right of the gateway's reader away, and all that it owns.
DROP OWNED BY corpus_reader
