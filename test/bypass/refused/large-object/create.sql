-- Large objects can be made in READ ONLY up to 15.
SELECT lo_create(99)
