-- And CLUSTER.
CLUSTER customers USING customers_pkey
