-- Shows statistics of a relation that is named in a string, and asks for no privilege.
SELECT _postgis_stats('public.places'::regclass, 'place', '2')
