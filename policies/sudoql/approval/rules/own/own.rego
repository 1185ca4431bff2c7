# METADATA
# title: Never one's own
# description: >-
#   Somebody else answers: another id with another email, and a person. The gateway's floor says so as well.
package sudoql.approval.rules.own

import data.sudoql.result

# METADATA
# title: Their own, or no person
# custom:
#   code: own_request
#   message: your own request is for somebody else to answer
#   remedy: ask one of those who are asked
#   severity: high
deny contains result.plain(rego.metadata.rule()) if {
	not anothers
}

anothers if {
	input.principal.id != input.request.principal.id
	input.principal.kind == "human"
	other_email
}

other_email if is_null(input.principal.email)

other_email if {
	is_string(input.principal.email)
	is_null(input.request.principal.email)
}

other_email if lower(input.principal.email) != lower(input.request.principal.email)
