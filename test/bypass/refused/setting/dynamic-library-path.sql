-- Where libraries come from.
SET dynamic_library_path = '/tmp'
