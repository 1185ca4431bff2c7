# METADATA
# title: Agents read
# description: A principal of kind `agent` never writes, whoever elevated what; the gateway's floor says so first.
package sudoql.statement.rules.agents

import data.sudoql.result

# METADATA
# title: An agent may only read
# custom:
#   code: agents_read_only
#   message: agents may only read
#   remedy: let a person run it
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not permitted

permitted if input.principal.kind in {"human", "service"}

permitted if {
	input.principal.kind == "agent"
	input.mode == "read"
	every effect in input.statement.effects {
		effect in {"read", "session", "transaction"}
	}
}
