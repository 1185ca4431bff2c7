-- Nor this way.
SET tcp_user_timeout = 0
