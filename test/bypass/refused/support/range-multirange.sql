-- A multirange sorts its ranges by the operator class of their subtype.
SELECT sly_multirange(VARIADIC ARRAY[]::sly_range[]), '{[1,2],[3,4]}'::sly_multirange
