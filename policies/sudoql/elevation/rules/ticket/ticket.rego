# METADATA
# title: The reason names an open ticket
# description: >-
#   Where `settings.elevation.ticket` is switched on, the check that it names must answer `{"open": true}`.
package sudoql.elevation.rules.ticket

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: No open ticket
# custom:
#   code: no_open_ticket
#   message: the reason names no open ticket
#   remedy: name an open ticket in the reason
#   severity: high
deny contains result.plain(rego.metadata.rule()) if {
	not satisfied
}

satisfied if {
	not required
	is_object(input.checks)
}

required if data.settings.elevation.ticket.enabled == true

satisfied if {
	is_string(input.target.name)
	is_object(input.checks)
	not scope.target(data.settings.elevation.ticket.targets)
}

satisfied if {
	check := input.checks[data.settings.elevation.ticket.check]
	check.answered == true
	check.answer.open == true
}
