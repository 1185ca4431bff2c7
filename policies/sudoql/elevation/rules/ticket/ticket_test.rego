package sudoql.elevation.rules.ticket_test

import data.sudoql.elevation.rules.ticket
import data.sudoql.examples

on := {"enabled": true, "check": "desk", "targets": ["shop"]}

asking(answer) := object.union(examples.elevation, {"checks": {"desk": {
	"answered": true,
	"status": 200,
	"answer": answer,
}}})

test_an_open_ticket_will_do if {
	count(ticket.deny) == 0
		with data.settings as examples.settings
		with data.settings.elevation.ticket as on
		with input as asking({"open": true})
}

test_nothing_else_will[name] if {
	some name, input_ in {
		"closed": asking({"open": false}),
		"a text": asking({"open": "true"}),
		"not asked": examples.elevation,
		"no answer": object.union(examples.elevation, {"checks": {"desk": {"answered": false, "answer": null}}}),
	}
	{reason.code | some reason in ticket.deny} == {"no_open_ticket"}
		with data.settings as examples.settings
		with data.settings.elevation.ticket as on
		with input as input_
}

test_elsewhere_none_is_needed[name] if {
	some name, change in {"off": {"enabled": false}, "another target": {"targets": ["billing"]}}
	count(ticket.deny) == 0
		with data.settings as examples.settings
		with data.settings.elevation.ticket as object.union(on, change)
		with input as examples.elevation
}
