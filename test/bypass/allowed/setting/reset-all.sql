-- What asyncpg sends on release.
RESET ALL
