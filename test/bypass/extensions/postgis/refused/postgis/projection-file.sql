-- A projection as text names a file of the server.
SELECT ST_Transform('POINT(1 2)'::geometry, '+init=/etc/passwd:root', '+proj=longlat +datum=WGS84')
