# METADATA
# title: No TRUNCATE, no DROP
# description: What no transaction log of the application brings back. Also elsewhere than on production when `settings.destructive.everywhere` says so.
package sudoql.statement.rules.destructive

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: This destroys
# custom:
#   code: destructive
#   message: TRUNCATE and DROP are not allowed here
#   remedy: delete the rows by a WHERE, or let who may change schemas here run it, as migrations do
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not permitted

permitted if harmless

permitted if data.settings.destructive.enabled == false

permitted if {
	scope.relaxed
	data.settings.destructive.everywhere == false
}

permitted if scope.groups(data.settings.destructive.groups)

harmless if {
	type := input.statement.type
	not startswith(type, "Drop")
	type != "TruncateStmt"
	every relation in input.statement.relations {
		relation.access != "truncate"
	}
}
