# METADATA
# title: No DDL on production
# description: Schemas change by migration. Groups of `settings.ddl.groups` are exempt.
package sudoql.statement.rules.ddl

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: This changes the schema
# custom:
#   code: ddl_on_production
#   message: this changes the schema, and the target is production
#   remedy: let who may change schemas here run it, as migrations do (groups of settings.ddl.groups)
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not permitted

permitted if {
	count(input.statement.effects) > 0
	every effect in input.statement.effects {
		effect != "ddl"
	}
}

permitted if data.settings.ddl.enabled == false

permitted if scope.relaxed

permitted if scope.groups(data.settings.ddl.groups)
