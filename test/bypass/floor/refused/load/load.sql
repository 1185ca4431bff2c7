-- A library's code in the server.
LOAD 'auto_explain'
