-- An implicit cast made explicit.
SELECT 5::pair
