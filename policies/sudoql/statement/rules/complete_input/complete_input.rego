# METADATA
# title: The input is complete
# description: >-
#   What a rule cannot see it cannot judge, so an input with a missing, misspelt or unknown part is denied before any
#   rule is trusted with it.
package sudoql.statement.rules.complete_input

import data.sudoql.result

# METADATA
# title: Something is missing
# custom:
#   code: incomplete_input
#   message: the statement reached policy with something missing
#   remedy: tell the operator; this is not your doing
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not complete

complete if {
	input.version == 1
	principal
	target
	session
	input.mode in {"read", "write"}
	elevation
	statement
	is_number(input.clock.ns)
	is_string(input.clock.iso)
}

principal if {
	is_string(input.principal.id)
	optional(input.principal.email)
	is_array(input.principal.groups)
	input.principal.kind in {"human", "service", "agent"}
	input.principal.elevate in {"none", "connect", "in-band"}
}

target if {
	is_string(input.target.name)
	is_object(input.target.labels)
}

session if {
	is_string(input.session.id)
	input.session.via in {"tcp", "websocket"}
	is_string(input.session.application_name)
	is_string(input.session.client_address)
}

elevation if is_null(input.elevation)

elevation if {
	is_string(input.elevation.id)
	is_string(input.elevation.reason)
	is_string(input.elevation.started_at)
	is_string(input.elevation.deadline)
}

statement if {
	is_string(input.statement.type)
	count(input.statement.effects) >= 0
	every relation in input.statement.relations {
		optional(relation.schema)
		is_string(relation.name)
		is_string(relation.kind)
		is_string(relation.access)
		optional(relation.via)
		listed(relation.columns.read)
		listed(relation.columns.written)
	}
	every function in input.statement.functions {
		optional(function.schema)
		is_string(function.name)
		optional(function.signature)
		is_string(function.volatility)
		is_boolean(function.vetted)
	}
	optional(input.statement.where)
	flags
	is_array(input.statement.floor)
	is_string(input.statement.fingerprint)
	is_string(input.statement.normalized)
}

flags if {
	is_boolean(input.statement.flags.returns_rows)
	is_boolean(input.statement.flags.locking)
	is_boolean(input.statement.flags.explain)
	is_boolean(input.statement.flags.explain_analyze)
	is_boolean(input.statement.flags.resolved)
	optional(input.statement.flags.copy)
	optional(input.statement.flags.transaction)
	optional(input.statement.flags.setting)
}

listed(value) if is_null(value)

listed(value) if is_array(value)

optional(value) if is_null(value)

optional(value) if is_string(value)
