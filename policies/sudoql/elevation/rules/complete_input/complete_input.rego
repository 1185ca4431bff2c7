# METADATA
# title: The input is complete
# description: What a rule cannot see it cannot judge, so a request with a missing, misspelt or unknown part is denied.
package sudoql.elevation.rules.complete_input

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
	principal
	is_string(input.target.name)
	is_object(input.target.labels)
	session
	input.by in {"connect", "in-band"}
	is_string(input.reason)
	seconds
	extends
	is_boolean(input.break_glass)
	is_object(input.checks)
	recent
	channels
	is_number(input.clock.ns)
	is_string(input.clock.iso)
}

principal if {
	is_string(input.principal.id)
	email
	is_array(input.principal.groups)
	input.principal.kind in {"human", "service", "agent"}
	input.principal.elevate in {"none", "connect", "in-band"}
}

email if is_null(input.principal.email)

email if is_string(input.principal.email)

session if {
	is_string(input.session.id)
	input.session.via in {"tcp", "websocket"}
	is_string(input.session.application_name)
	is_string(input.session.client_address)
}

seconds if is_null(input.requested_seconds)

seconds if is_number(input.requested_seconds)

recent if is_null(input.recent_elevations)

recent if is_number(input.recent_elevations)

channels if is_null(input.channels)

channels if {
	is_array(input.channels)
	every channel in input.channels {
		is_string(channel.name)
		is_number(channel.failing_seconds)
	}
}

extends if is_null(input.extends)

extends if {
	is_string(input.extends.id)
	is_string(input.extends.reason)
	is_string(input.extends.started_at)
	is_string(input.extends.deadline)
}
