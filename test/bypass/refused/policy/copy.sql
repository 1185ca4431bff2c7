-- COPY respects row policies too.
COPY guarded TO STDOUT
