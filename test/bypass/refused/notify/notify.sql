-- Others act on it, at commit.
NOTIFY jobs, 'run'
