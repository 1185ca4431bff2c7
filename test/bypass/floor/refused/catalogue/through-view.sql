-- Through the application's own view, which is written through to it with its owner's rights.
UPDATE public.secret_view SET rolpassword = NULL WHERE rolname = 'corpus_control'
