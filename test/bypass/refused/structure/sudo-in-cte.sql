-- The in-band command inside something larger.
WITH w AS (SELECT sudo('x')) SELECT * FROM w
