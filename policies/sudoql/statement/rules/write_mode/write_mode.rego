# METADATA
# title: Writes need write mode
# description: >-
#   In read mode a statement may read, look after its session and its transaction, and nothing else. The gateway's floor
#   holds the same and speaks first, with the line that this token may type: a client reads its words. This rule's words are
#   read where policy answers alone (eval, explain, replay), and it refuses should the floor ever be wrong.
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
