-- A sequence starts elsewhere.
DO $outer$ BEGIN PERFORM setval('public.ticket', 999); END $outer$
