-- An existing one says where from.
ALTER SUBSCRIPTION s CONNECTION 'host=127.0.0.1'
