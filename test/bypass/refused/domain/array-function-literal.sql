-- A polymorphic built-in makes its literal an array of the domain.
SELECT array_cat(ns, '{x}') FROM public.held
