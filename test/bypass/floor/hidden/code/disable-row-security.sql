-- Switches them off.
DO $outer$ BEGIN EXECUTE $inner$ALTER TABLE public.guarded DISABLE ROW LEVEL SECURITY$inner$; END $outer$
