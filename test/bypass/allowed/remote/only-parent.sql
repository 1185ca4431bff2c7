-- The parent alone has no foreign child.
SELECT count(*) FROM ONLY public.heirs
