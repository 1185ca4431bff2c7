# METADATA
# title: No UPDATE or DELETE of a whole table
# description: >-
#   Without a WHERE, or with one that looks at no row (`WHERE true`), on production. Tables listed in
#   `settings.whole_table.allowed` are exempt.
package sudoql.statement.rules.whole_table

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: A WHERE is missing
# custom:
#   code: whole_table
#   message: an UPDATE or DELETE on production needs a WHERE that looks at the rows
#   remedy: name the rows in a WHERE; to change all of them, in batches by key
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not permitted

permitted if input.statement.where == "real"

# Null: there is no UPDATE or DELETE in it.
permitted if is_null(input.statement.where)

permitted if data.settings.whole_table.enabled == false

permitted if scope.relaxed

permitted if {
	every relation in input.statement.relations {
		exempt(relation)
	}
	some relation in input.statement.relations
	relation.access in {"update", "delete"}
}

exempt(relation) if relation.access in {"select", "insert"}

exempt(relation) if allowed[scope.key(relation)]

allowed := scope.meant(data.settings.whole_table.allowed)
