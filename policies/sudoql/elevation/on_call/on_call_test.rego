package sudoql.elevation.on_call_test

import data.sudoql.elevation.on_call
import data.sudoql.examples

night(from, to) := {"enabled": true, "check": "pager", "from": from, "to": to, "zone": "UTC"}

# It is 11:06.
asking(check) := object.union(examples.elevation, {"checks": {"pager": check}})

yes := {"answered": true, "status": 200, "answer": {"on_call": true}}

test_within_the_hours[name] if {
	some name, hours in {"in one day": ["11:00", "12:00"], "until": ["20:00", "12:00"], "from": ["11:00", "02:00"]}
	on_call.alone
		with data.settings as examples.settings
		with data.settings.elevation.on_call as night(hours[0], hours[1])
		with input as asking(yes)
}

test_outside_the_hours[name] if {
	some name, hours in {"before": ["12:00", "13:00"], "over midnight": ["20:00", "06:00"]}
	not on_call.alone
		with data.settings as examples.settings
		with data.settings.elevation.on_call as night(hours[0], hours[1])
		with input as asking(yes)
}

test_not_without_a_yes[name] if {
	some name, check in {
		"no": {"answered": true, "status": 200, "answer": {"on_call": false}},
		"a text": {"answered": true, "status": 200, "answer": {"on_call": "true"}},
		"no answer": {"answered": false, "status": null, "answer": null},
		"something else": {"answered": true, "status": 200, "answer": ["on_call"]},
	}
	not on_call.alone
		with data.settings as examples.settings
		with data.settings.elevation.on_call as night("00:00", "24:00")
		with input as asking(check)
}

test_not_unless_switched_on if not on_call.alone
	with data.settings as examples.settings
	with data.settings.elevation.on_call as object.union(night("00:00", "24:00"), {"enabled": false})
	with input as asking(yes)
