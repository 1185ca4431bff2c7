-- Loads a library into the server.
LOAD 'auto_explain'
