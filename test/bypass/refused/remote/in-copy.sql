-- In COPY to the client.
COPY (SELECT * FROM remote_orders) TO STDOUT
