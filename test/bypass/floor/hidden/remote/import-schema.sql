-- All that there is.
DO $outer$ BEGIN EXECUTE $inner$IMPORT FOREIGN SCHEMA public FROM SERVER elsewhere INTO public$inner$; END $outer$
