-- Waits on a shared connection for what others say.
LISTEN jobs
