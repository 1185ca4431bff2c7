-- A label is too.
SECURITY LABEL ON TABLE customers IS 'x'
