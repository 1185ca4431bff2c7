-- Another password for the writer's login: the gateway is locked out, and whoever knows it comes round.
ALTER ROLE corpus_writer PASSWORD 'x'
