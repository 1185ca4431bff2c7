-- Multiplies how much memory a search may take.
SET hnsw.scan_mem_multiplier = 1000
