-- With what a statement returns.
COPY (DELETE FROM public.ruled RETURNING id) TO '/tmp/sudoql-corpus-file'
