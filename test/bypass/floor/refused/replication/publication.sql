-- Sends every change to whoever subscribes.
CREATE PUBLICATION p FOR ALL TABLES
