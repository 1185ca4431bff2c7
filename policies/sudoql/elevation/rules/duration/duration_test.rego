package sudoql.elevation.rules.duration_test

import data.sudoql.elevation.rules.duration
import data.sudoql.examples

reason := {
	"code": "too_long",
	"message": "that is longer than you may write here: 60 minutes at most",
	"remedy": "ask for less, and extend it when you need more",
}

lines := [{
	"name": "developers",
	"groups": ["dev"],
	"kinds": ["human"],
	"targets": ["*"],
	"max_minutes": 60,
	"default_minutes": 10,
}]

asking(seconds) := object.union(examples.elevation, {"requested_seconds": seconds})

test_up_to_the_maximum_passes[name] if {
	some name, seconds in {"none": null, "one": 1, "all": 3600}
	duration.deny == set()
		with data.settings as examples.settings
		with input as asking(seconds)
		with data.settings.elevation.grants as lines
}

test_more_or_nothing_does_not[name] if {
	some name, seconds in {"more": 3601, "nothing": 0, "less": -60}
	duration.deny == {reason}
		with data.settings as examples.settings
		with input as asking(seconds)
		with data.settings.elevation.grants as lines
}
