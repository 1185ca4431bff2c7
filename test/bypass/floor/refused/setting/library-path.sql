-- Where libraries are looked for.
SET dynamic_library_path = '/tmp'
