-- What drivers set.
SET extra_float_digits = 3
-- then
SET DateStyle = 'ISO, MDY'
-- then
SET IntervalStyle = iso_8601
-- then
SET bytea_output = 'hex'
