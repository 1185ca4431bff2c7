-- What is there where PostGIS is.
CREATE TABLE public.places (id int PRIMARY KEY, place geometry(Point, 4326));
INSERT INTO public.places SELECT i, ST_SetSRID(ST_MakePoint(13 + i / 10.0, 52 + i / 10.0), 4326) FROM generate_series(1, 20) i;
CREATE INDEX ON public.places USING gist (place);
CREATE INDEX ON public.places USING gist ((place::geography));
CREATE FUNCTION public.sly_pixel(double precision[], integer[], VARIADIC text[]) RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_try_advisory_lock_shared(4721); RETURN 1; END $$;
CREATE FUNCTION shadow.sly_times(float8, float8) RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_try_advisory_lock_shared(4722); RETURN 1; END $$;
CREATE OPERATOR shadow.* (LEFTARG = float8, RIGHTARG = float8, PROCEDURE = shadow.sly_times);
CREATE FUNCTION shadow.cos(float8) RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_try_advisory_lock_shared(4723); RETURN 1; END $$;
