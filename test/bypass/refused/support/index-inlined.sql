-- A function in SQL in an index's expression is inlined, and what is constant in its body folded.
SELECT * FROM sly_inline
