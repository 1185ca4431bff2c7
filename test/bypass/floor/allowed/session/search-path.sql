-- Where names are looked for.
SET search_path = app, public
