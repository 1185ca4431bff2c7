-- A range's constructor compares its bounds by the operator class of its subtype.
SELECT sly_range(1, 2)
