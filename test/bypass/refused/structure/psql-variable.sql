-- Not SQL at all.
\! touch /tmp/sudoql-corpus-shell
