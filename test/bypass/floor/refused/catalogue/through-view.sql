-- Through the application's own view, which is written through to it.
DELETE FROM public.secret_view WHERE rolname = 'corpus_control'
