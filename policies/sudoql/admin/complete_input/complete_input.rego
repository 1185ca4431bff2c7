# METADATA
# title: The input is complete
# description: What a rule cannot see it cannot judge, so a request with a missing, misspelt or unknown part is denied.
package sudoql.admin.complete_input

import data.sudoql.result

# METADATA
# title: Something is missing
# custom:
#   code: incomplete_input
#   message: the request reached policy with something missing
#   remedy: tell the operator; this is not your doing
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not complete

complete if {
	input.version == 1
	is_string(input.principal.id)
	optional(input.principal.email)
	is_array(input.principal.groups)
	input.principal.kind in {"human", "service", "agent"}
	input.principal.elevate in {"none", "connect", "in-band"}
	is_string(input.action)
	optional(input.subject)
	target
	is_number(input.clock.ns)
	is_string(input.clock.iso)
}

target if is_null(input.target)

target if {
	is_string(input.target.name)
	is_object(input.target.labels)
}

optional(value) if is_null(value)

optional(value) if is_string(value)
