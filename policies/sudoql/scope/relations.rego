package sudoql.scope

# METADATA
# title: The statement's relations that the patterns mean
# description: >-
#   As a set of `key`s. Patterns are `schema.name` with `*` for any characters. A relation whose schema is not known
#   matches the patterns of every schema. For all relations at once, and pattern by pattern: asked for each relation, a
#   list of patterns would cost their product, and the runtime compiles a pattern again when a hundred others came between.
meant(patterns) := matching(patterns, names) | anywhere if {
	anywhere := {[name] |
		count(bare_names) > 0
		some pattern in patterns
		some name in bare_names
		glob.match(name_part(pattern), null, name)
	}
}

# METADATA
# title: Those of the texts that one of the patterns means
# description: As a set; so are the texts.
matching(patterns, texts) := set() if {
	count(texts) == 0
} else := union({exact, by_pattern, by_other_pattern}) if {
	wilds := {pattern | some pattern in patterns; wild(pattern)}
	exact := {pattern | some pattern in patterns; not wilds[pattern]} & texts
	by_pattern := {name |
		some expression in joined([pattern | some pattern in wilds; joinable(pattern)])
		some name in texts
		regex.match(expression, name)
	}
	by_other_pattern := {name |
		some pattern in wilds
		not joinable(pattern)
		some name in texts
		glob.match(pattern, null, name)
	}
}

# METADATA
# title: The pattern of a column's relation
relation_part(pattern) := concat(".", array.slice(split(pattern, "."), 0, 2))

# METADATA
# title: The pattern of a column's own name
column_part(pattern) := split(pattern, ".")[2]

# METADATA
# title: What `meant` knows a relation by
# description: Undefined where the relation's name cannot be compared.
key(fact) := concat(".", [fact.schema, fact.name]) if {
	is_string(fact.schema)
	is_string(fact.name)
}

key(fact) := [fact.name] if {
	is_null(fact.schema)
	is_string(fact.name)
	not unnamed(fact)
}

# METADATA
# title: Whatever there is in a schema, or anywhere where that is null
# description: Which relations those are, analysis does not say. No pattern permits them.
unnamed(fact) if fact.name == "*"

# METADATA
# title: A relation of that schema could be meant by the pattern
in_schema(_, schema) if is_null(schema)

in_schema(pattern, schema) if glob.match(substring(pattern, 0, indexof(pattern, ".")), null, schema)

names := {name |
	some relation in input.statement.relations
	name := key(relation)
	is_string(name)
}

bare_names := {relation.name |
	some relation in input.statement.relations
	is_null(relation.schema)
	is_string(relation.name)
	not unnamed(relation)
}

# METADATA
# title: Any other pattern means the name that it is
wild(pattern) if {
	some sign in ["*", "?", "[", "]", "{", "}", "\\"]
	contains(pattern, sign)
}

# Patterns of plain letters and stars, which are nearly all, are asked fifty at once: a list of five hundred then costs
# a statement of two hundred relations a tenth. No more than fifty, for of some thousand the runtime gives up silently.
joinable(pattern) if regex.match(`^[A-Za-z0-9_.$*-]{1,200}$`, pattern)

joined(patterns) := [expression |
	some fifty in numbers.range(0, floor(count(patterns) / 50))
	part := array.slice(patterns, 50 * fifty, 50 * (fifty + 1))
	count(part) > 0
	alternatives := replace(replace(replace(concat("|", part), ".", "[.]"), "$", "[$]"), "*", ".*")
	expression := concat("", ["^(?s:", alternatives, ")$"])
]

# The part after the first dot; a pattern without one is for names alone.
name_part(pattern) := substring(pattern, indexof(pattern, ".") + 1, -1)

# METADATA
# title: A relation's name as people write it
name(fact) := $"{fact.schema}.{fact.name}" if {
	is_string(fact.schema)
	is_string(fact.name)
} else := fact.name if {
	is_string(fact.name)
} else := "a relation without a name"
