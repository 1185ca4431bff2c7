-- width_bucket over an array compares by the element type's own operator class.
SELECT width_bucket(ROW(1)::public.code, array_agg(c)) FROM public.coded
