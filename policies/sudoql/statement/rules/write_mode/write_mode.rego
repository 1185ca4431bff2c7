# METADATA
# title: Writes need write mode
# description: In read mode a statement may read, look after its session and its transaction, and nothing else.
package sudoql.statement.rules.write_mode

import data.sudoql.result

# METADATA
# title: Not in write mode
# custom:
#   code: write_needs_elevation
#   message: this does more than read, and the session is in read mode
#   remedy: SELECT sudo('why'), then the statement again
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not permitted

permitted if {
	count(input.statement.effects) > 0
	every effect in input.statement.effects {
		effect in {"read", "session", "transaction"}
	}
}

permitted if {
	input.mode == "write"
	is_string(input.elevation.id)
}
