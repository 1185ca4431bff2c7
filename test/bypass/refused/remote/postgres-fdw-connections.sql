-- And its connections can be looked at and closed.
SELECT postgres_fdw_disconnect_all()
