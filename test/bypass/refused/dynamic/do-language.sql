-- In another language.
DO LANGUAGE plpgsql 'BEGIN PERFORM public.definer_write(''x''); END'
