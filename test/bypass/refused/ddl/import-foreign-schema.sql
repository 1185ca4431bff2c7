-- Its tables.
IMPORT FOREIGN SCHEMA public FROM SERVER elsewhere INTO app
