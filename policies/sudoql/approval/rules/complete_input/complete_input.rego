# METADATA
# title: The input is complete
# description: What a rule cannot see it cannot judge, so an answer with a missing, misspelt or unknown part is denied.
package sudoql.approval.rules.complete_input

import data.sudoql.result

# METADATA
# title: Something is missing
# custom:
#   code: incomplete_input
#   message: the answer reached policy with something missing
#   remedy: tell the operator; this is not your doing
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not complete

complete if {
	input.version == 1
	person(input.principal)
	input.action in {"approve", "deny", "review"}
	is_string(input.target.name)
	is_object(input.target.labels)
	is_string(input.request.id)
	person(input.request.principal)
	is_string(input.request.reason)
	is_number(input.request.seconds)
	is_number(input.request.age_seconds)
	is_array(input.request.sets)
	every set in input.request.sets {
		whole(set)
	}
	is_number(input.clock.ns)
	is_string(input.clock.iso)
}

person(principal) if {
	is_string(principal.id)
	email(principal.email)
	is_array(principal.groups)
	principal.kind in {"human", "service", "agent"}
	principal.elevate in {"none", "connect", "in-band"}
}

email(text) if is_null(text)

email(text) if is_string(text)

whole(set) if {
	is_string(set.name)
	is_number(set.count)
	deciders(set)
	is_array(set.wider)
	every wider in set.wider {
		is_number(wider.after_seconds)
		deciders(wider)
	}
}

deciders(of) if {
	is_array(of.people)
	is_array(of.groups)
	is_array(of.channels)
}
