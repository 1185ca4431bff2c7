package sudoql.scope

# METADATA
# title: The relation is one of the patterns
# description: >-
#   Patterns are `schema.name` with `*` for any characters. A relation whose schema is not known matches the patterns of
#   every schema.
relation(patterns, fact) if {
	some pattern in patterns
	glob.match(pattern, null, $"{fact.schema}.{fact.name}")
}

relation(patterns, fact) if {
	is_null(fact.schema)
	some pattern in patterns
	glob.match(name_part(pattern), null, fact.name)
}

# The part after the first dot; a pattern without one is for names alone.
name_part(pattern) := substring(pattern, indexof(pattern, ".") + 1, -1)

# METADATA
# title: The relation's name can be compared
known(fact) if {
	is_string(fact.name)
	is_string(fact.schema)
}

known(fact) if {
	is_string(fact.name)
	is_null(fact.schema)
}

# METADATA
# title: A relation's name as people write it
name(fact) := $"{fact.schema}.{fact.name}" if {
	is_string(fact.schema)
	is_string(fact.name)
} else := fact.name if {
	is_string(fact.name)
} else := "a relation without a name"
