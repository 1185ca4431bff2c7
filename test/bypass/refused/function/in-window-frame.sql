-- In a frame's offset.
SELECT sum(id) OVER (ORDER BY id ROWS immutable_lie(1) PRECEDING) FROM customers
