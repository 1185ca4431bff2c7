-- UTF8 again.
SET client_encoding TO 'UTF8'
-- then
SET NAMES 'UTF8'
