-- Backslashes would mean something else.
SET standard_conforming_strings = off
