-- Takes away what a role was given.
SELECT set_config('restrict_nonsystem_relation_kind', '', false)
