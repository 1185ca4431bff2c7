# METADATA
# title: Read scopes
# description: >-
#   When `settings.read_scopes.groups` gives a group patterns of relations, its members see those only. A principal sees
#   what any of their groups sees; a group without a line sees everything; who is in no group sees nothing. What lies
#   behind a view in scope is in scope, and PostgreSQL's own catalogue always is.
package sudoql.statement.rules.read_scopes

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: Out of scope
# custom:
#   code: out_of_scope
#   message: "{relation} is not among what your groups may see"
#   remedy: ask security to widen the scope of your group
#   severity: medium
deny contains result.about(rego.metadata.rule(), {"relation": scope.name(relation)}) if {
	not unlimited
	some relation in input.statement.relations
	not in_scope(relation)
}

# METADATA
# title: Relations are not known
# custom:
#   code: out_of_scope
#   message: it is not known which relations this reads
#   remedy: write it more plainly
#   severity: medium
deny contains result.plain(rego.metadata.rule()) if not known

# A rule of its own, for `not` before a call with an undefined argument is undefined too.
known if is_array(input.statement.relations)

unlimited if count(data.settings.read_scopes.groups) == 0

unlimited if {
	some group in scope.own_groups
	not group in object.keys(data.settings.read_scopes.groups)
}

in_scope(relation) if relation.schema in {"pg_catalog", "information_schema"}

in_scope(relation) if is_string(relation.via)

in_scope(relation) if seen[scope.key(relation)]

seen := scope.meant({pattern |
	some group in scope.own_groups
	some pattern in data.settings.read_scopes.groups[group]
})
