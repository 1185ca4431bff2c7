-- By set_config with dollar quotes within.
SELECT set_config($a$search_path$a$, $é$"shadow" , public$é$, false)
-- then
SELECT earth()
