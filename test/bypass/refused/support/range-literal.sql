-- A range type over a subtype with an operator class of its own compares the bounds of a literal by it.
SELECT '[1,2]'::sly_range
