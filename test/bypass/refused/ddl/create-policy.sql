-- Who sees what.
CREATE POLICY p ON customers USING (true)
