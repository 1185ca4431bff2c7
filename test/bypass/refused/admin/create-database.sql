-- A database.
CREATE DATABASE copied
