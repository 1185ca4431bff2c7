-- One partition.
SELECT * FROM measures_2025
