-- Networks.
SELECT inet '10.0.0.1' << cidr '10.0.0.0/8', host('10.0.0.1'::inet), masklen('10.0.0.0/8'::cidr)
