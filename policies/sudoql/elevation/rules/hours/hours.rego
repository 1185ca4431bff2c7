# METADATA
# title: Within the hours
# description: >-
#   When lines of `settings.elevation.hours` cover principal and target, one of them must hold now. Times are of the
#   line's own time zone; a line whose `to` is before its `from` runs over midnight and counts for the day it began.
package sudoql.elevation.rules.hours

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: Not now
# custom:
#   code: outside_hours
#   message: writing to {target} is not allowed at this hour
#   remedy: wait, or ask those on call
#   severity: medium
deny contains result.about(rego.metadata.rule(), {"target": object.get(input, ["target", "name"], "this target")}) if {
	not permitted
}

permitted if {
	every line in data.settings.elevation.hours {
		elsewhere(line)
	}
}

permitted if {
	some line in data.settings.elevation.hours
	covers(line)
	open(line)
}

covers(line) if {
	scope.groups(line.groups)
	scope.target(line.targets)
}

elsewhere(line) if {
	is_array(input.principal.groups)
	is_string(input.target.name)
	not covers(line)
}

open(line) if {
	line.from <= line.to
	here[line.zone].day in line.days
	here[line.zone].time >= line.from
	here[line.zone].time < line.to
}

open(line) if {
	line.from > line.to
	here[line.zone].day in line.days
	here[line.zone].time >= line.from
}

open(line) if {
	line.from > line.to
	here[line.zone].day_before in line.days
	here[line.zone].time < line.to
}

zones := {line.zone | some line in data.settings.elevation.hours}

# The time in each zone, looked up once for all lines.
here[zone] := {
	"day": time.weekday([input.clock.ns, zone]),
	"day_before": time.weekday([input.clock.ns - ((24 * 3600) * 1000000000), zone]),
	"time": time_of_day(zone),
} if {
	some zone in zones
}

time_of_day(zone) := $"{two_digits(clock[0])}:{two_digits(clock[1])}" if clock := time.clock([input.clock.ns, zone])

two_digits(number) := substring(format_int(100 + number, 10), 1, 2)
