-- Even when there is nothing.
DROP TABLE IF EXISTS nothing_like_it
