# METADATA
# title: No UPDATE, DELETE or MERGE of a whole table
# description: >-
#   Without a WHERE, or with one that looks at no column of the table that is changed (`WHERE true`, a condition on a joined
#   table alone), on production. A MERGE's WHERE is its ON and what its clauses add. Tables listed in
#   `settings.whole_table.allowed` are exempt.
package sudoql.statement.rules.whole_table

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: A WHERE is missing
# custom:
#   code: whole_table
#   message: an UPDATE, DELETE or MERGE on production needs a condition on columns of the table that it changes
#   remedy: name the rows in WHERE, or in a MERGE's ON; to change all of them, in batches by key
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not permitted

permitted if input.statement.where == "real"

# Null: there is no UPDATE, DELETE or changing MERGE in it.
permitted if is_null(input.statement.where)

permitted if data.settings.whole_table.enabled == false

permitted if scope.relaxed

permitted if {
	every relation in input.statement.relations {
		exempt(relation)
	}
	some relation in input.statement.relations
	relation.access in {"update", "delete", "merge"}
}

exempt(relation) if relation.access in {"select", "insert"}

exempt(relation) if allowed[scope.key(relation)]

allowed := scope.meant(data.settings.whole_table.allowed)
