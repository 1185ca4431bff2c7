-- until 15: A text that the parser's newer grammar refuses and an older server runs: what cannot be parsed may be asked of the target, never run.
SELECT system_user()
