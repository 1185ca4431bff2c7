-- What its manual says to set for a search.
SET hnsw.ef_search = 100;
SET LOCAL ivfflat.probes = 10;
SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 5
