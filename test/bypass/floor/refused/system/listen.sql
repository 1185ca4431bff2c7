-- Messages that come while nobody asks are not for a session that is judged by its answers.
LISTEN orders
