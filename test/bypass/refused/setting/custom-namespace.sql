-- A setting that users' functions may act on.
SET app.tenant = 'admin'
