-- COPY of a catalogue.
COPY pg_authid TO STDOUT
