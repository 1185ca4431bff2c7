-- Under its other name.
ALTER USER CURRENT_USER WITH PASSWORD 'x'
