# METADATA
# title: Protected relations
# description: >-
#   Relations of `settings.protected.relations` are for the groups that it names; also when reached through a view or a foreign key that
#   cascades. What a statement reaches without naming it (`DROP … CASCADE`) is refused where a line here forbids that access to any.
package sudoql.statement.rules.protected

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: The relation is protected
# custom:
#   code: protected_relation
#   message: "{relation} is protected against {access}"
#   remedy: ask one of those who may
#   severity: high
deny contains result.about(rego.metadata.rule(), values) if {
	some relation in input.statement.relations
	guarded(relation)
	values := {"relation": scope.name(relation), "access": object.get(relation, "access", "any access")}
}

# METADATA
# title: Relations are not known
# custom:
#   code: protected_relation
#   message: it is not known which relations this reaches
#   remedy: write it more plainly
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not known

# A rule of its own, for `not` before a call with an undefined argument is undefined too.
known if {
	is_array(input.statement.relations)
	not hidden
}

# Among what is not named could be one of those that a line means.
hidden if {
	some relation in input.statement.relations
	scope.unnamed(relation)
	some line in binding
	forbids(line, relation.access)
	some pattern in line.patterns
	scope.in_schema(pattern, relation.schema)
}

guarded(relation) if against[relation.access][scope.key(relation)]

# What cannot be compared is none of those that are free.
guarded(relation) if {
	count(binding) > 0
	not comparable(relation)
}

comparable(relation) if {
	is_string(relation.access)
	scope.key(relation)
}

comparable(relation) if {
	is_string(relation.access)
	scope.unnamed(relation)
}

# By kind of access.
against[access] := relations if {
	some access in {relation.access | some relation in input.statement.relations}
	relations := scope.meant({pattern |
		some line in binding
		forbids(line, access)
		some pattern in line.patterns
	})
}

forbids(line, access) if access in line.access

forbids(line, _) if "*" in line.access

# The lines that hold here, for this principal.
binding := [line |
	some n, line in data.settings.protected.relations
	not elsewhere(line)
	not scope.groups(line.groups)
	not over[n]
]

# Both are UTC and of one form up to the second, so their texts compare as the times do. By its whole path: so it is known that the
# clock counts only where a line has an end.
over contains n if data.settings.protected.relations[n].until <= substring(input.clock.iso, 0, 19)

elsewhere(line) if {
	is_string(input.target.name)
	not scope.target(line.targets)
}
