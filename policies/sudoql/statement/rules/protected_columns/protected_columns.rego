# METADATA
# title: Protected columns
# description: >-
#   Columns of `settings.protected_columns.columns` are for the groups that it names, whatever looks at them: a result, a condition, an
#   order, a join, a view (but for `settings.protected_columns.views`). Where it is not told which columns a statement uses, it uses all.
package sudoql.statement.rules.protected_columns

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: The column is protected
# custom:
#   code: protected_column
#   message: "protected against being {used}: {columns} of {relations}"
#   remedy: "leave out {columns} (where there is a *, name the others), or ask one of those who may"
#   severity: high
deny contains result.about(rego.metadata.rule(), values) if {
	some access, list in told_as

	columns := {column | some column in protected_by[access][_]}
	count(columns) > 0
	relations := object.keys(protected_by[access])
	values := {"used": list, "columns": some_of(columns, "columns"), "relations": some_of(relations, "relations")}
}

# METADATA
# title: Which columns it uses is not told
# custom:
#   code: protected_column
#   message: "some columns are protected against being {used}, and which this uses is not told, of {relations}"
#   remedy: "name the columns that you need, each by itself, or ask one of those who may"
#   severity: high
deny contains result.about(rego.metadata.rule(), values) if {
	some access, list in told_as
	relations := {scope.name(relation) |
		some relation in input.statement.relations
		not told(relation, list)
		not shown(relation, access)
		guarded(relation, access)
	}
	count(relations) > 0
	values := {"used": list, "relations": some_of(relations, "relations")}
}

# METADATA
# title: Relations are not known
# custom:
#   code: protected_column
#   message: it is not known which relations this reaches
#   remedy: write it more plainly
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not known

# By relation.
protected_by[access][key] contains column if {
	some access, list in told_as
	some relation in input.statement.relations
	told(relation, list)
	not shown(relation, access)
	key := scope.key(relation)
	some column in relation.columns[list]
	some part in meant_parts[access][column]
	relations_with[access][part][key]
}

# A sentence has an end; and sorting takes the square of what is sorted.
some_of(names, _) := concat(", ", sort(names)) if count(names) <= 10

some_of(names, what) := $"{count(names)} {what}" if count(names) > 10

# Where the facts tell of it.
told_as := {"read": "read", "write": "written"}

# A rule of its own, for `not` before a call with an undefined argument is undefined too.
known if {
	is_array(input.statement.relations)
	not hidden
}

# Among what is not named could be one of those that a line means.
hidden if {
	some relation in input.statement.relations
	scope.unnamed(relation)
	some access, list in told_as
	not told(relation, list)
	some pattern in patterns[access]
	scope.in_schema(pattern, relation.schema)
}

told(relation, list) if {
	is_array(relation.columns[list])
	is_string(relation.schema)
	is_string(relation.name)
}

# What it reads of others is a view's own affair where the settings say so; what is written through it is not.
shown(relation, "read") if {
	relation.access == "select"
	shown_through[relation.via]
}

shown_through := scope.matching(
	{pattern | some pattern in data.settings.protected_columns.views},
	{relation.via | some relation in input.statement.relations; is_string(relation.via)},
)

# A column of it could be meant.
guarded(relation, access) if meant_relations[access][scope.key(relation)]

# What cannot be compared is none of those that are free.
guarded(relation, access) if {
	count(patterns[access]) > 0
	not comparable(relation)
}

comparable(relation) if scope.key(relation)

comparable(relation) if scope.unnamed(relation)

# Column by column and relation by relation, not each with each: by access and pattern of a column, the relations that have such ones.
relations_with[access][part] := scope.meant(patterns_with[access][part]) if {
	some access, _ in told_as
	some parts in meant_parts[access]
	some part in parts
}

patterns_with[access][part] contains scope.relation_part(pattern) if {
	some access, _ in told_as
	some pattern in patterns[access]
	part := scope.column_part(pattern)
}

# By the names that a pattern means, which are few: those patterns.
meant_parts[access][column] contains column if {
	some access, _ in told_as
	some column in meant_names[access]
	patterns_with[access][column]
}

meant_parts[access][column] contains part if {
	some access, _ in told_as
	some column in meant_names[access]
	some part, _ in patterns_with[access]
	scope.wild(part)
	glob.match(part, null, column)
}

meant_names[access] := scope.matching({part | some part, _ in patterns_with[access]}, {column |
	some relation in input.statement.relations
	meant_relations[access][scope.key(relation)]
	some column in relation.columns[told_as[access]]
}) if some access, _ in told_as

# For most statements there are none, and their columns need no look.
meant_relations[access] := scope.meant({scope.relation_part(pattern) |
	some pattern in patterns[access]
}) if some access, _ in told_as

# By kind of access, of the lines that hold here, for this principal.
patterns[access] := {pattern |
	some line in binding
	access in line.access
	some pattern in line.patterns
} if some access, _ in told_as

binding := [line |
	some n, line in data.settings.protected_columns.columns
	not elsewhere(line)
	not scope.groups(line.groups)
	not over[n]
]

# As in `protected`: by its whole path, so that it is known that the clock counts only where a line has an end.
over contains n if data.settings.protected_columns.columns[n].until <= substring(input.clock.iso, 0, 19)

elsewhere(line) if {
	is_string(input.target.name)
	not scope.target(line.targets)
}
