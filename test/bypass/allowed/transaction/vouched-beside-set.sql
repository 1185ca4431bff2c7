-- A setting beside a vetted call: it lasts, the call is contained.
SET search_path = public; SELECT vouched_plain(-1)
-- then
SHOW search_path
