-- The schema's name with escapes.
SET search_path = U&"sh!0061dow" UESCAPE '!', public
-- then
SELECT earth()
