-- Rights for all.
GRANT ALL ON customers TO PUBLIC
