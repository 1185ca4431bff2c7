-- In a subscript.
SELECT tags[immutable_lie(1)] FROM orders
