package sudoql.elevation.rules.hours_test

import data.sudoql.elevation.rules.hours
import data.sudoql.examples

reason := {
	"code": "outside_hours",
	"message": "writing to shop is not allowed at this hour",
	"remedy": "wait, or ask those on call",
}

line := {
	"groups": ["dev"],
	"targets": ["shop"],
	"days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
	"from": "08:00",
	"to": "18:00",
	"zone": "UTC",
}

night := object.union(line, {"from": "22:00", "to": "06:00"})

# Wednesday, 2026-11-18, 00:00 UTC.
midnight := 1794960000000000000

at(hours_) := object.union(examples.elevation, {"clock": {"ns": midnight + (hours_ * 3600000000000)}})

test_without_a_line_it_is_always_time if {
	hours.deny == set()
		with data.settings as examples.settings
		with input as at(3)
		with data.settings.elevation.hours as []
}

test_within_the_hours[name] if {
	some name, hour in {"the first minute": 8, "noon": 12, "the last minute": 17.99}
	hours.deny == set()
		with data.settings as examples.settings
		with input as at(hour)
		with data.settings.elevation.hours as [line]
}

test_outside_the_hours[name] if {
	some name, hour in {"before": 7.99, "after": 18, "on Saturday": 84, "on Sunday": 108}
	hours.deny == {reason}
		with data.settings as examples.settings
		with input as at(hour)
		with data.settings.elevation.hours as [line]
}

test_over_midnight[name] if {
	some name, hour in {"late": 23, "early": 5, "on Saturday early, for Friday's night": 77}
	hours.deny == set()
		with data.settings as examples.settings
		with input as at(hour)
		with data.settings.elevation.hours as [night]
}

test_not_over_midnight[name] if {
	some name, hour in {"by day": 12, "on Saturday late": 95, "on Monday early, for Sunday's night": 125}
	hours.deny == {reason}
		with data.settings as examples.settings
		with input as at(hour)
		with data.settings.elevation.hours as [night]
}

test_in_the_zone_of_the_line if {
	there := object.union(line, {"zone": "Asia/Tokyo"})
	hours.deny == set()
		with data.settings as examples.settings
		with input as at(1)
		with data.settings.elevation.hours as [there]
	hours.deny == {reason}
		with data.settings as examples.settings
		with input as at(10)
		with data.settings.elevation.hours as [there]
}

test_a_line_for_others_does_not_bind[name] if {
	some name, change in {"group": {"groups": ["ops"]}, "target": {"targets": ["bank"]}}
	hours.deny == set()
		with data.settings as examples.settings
		with input as at(3)
		with data.settings.elevation.hours as [object.union(line, change)]
}

test_one_open_line_is_enough if {
	hours.deny == set()
		with data.settings as examples.settings
		with input as at(23)
		with data.settings.elevation.hours as [line, night]
}
