-- Half of what pg_dump sets may be less than what a role was given.
SET restrict_nonsystem_relation_kind = 'view'
