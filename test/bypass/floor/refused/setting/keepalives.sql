-- And a lost gateway would not be noticed.
SET tcp_keepalives_idle = 0
