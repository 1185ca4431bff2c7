-- Headlines.
SELECT ts_headline('english', note, plainto_tsquery('note')) FROM orders
