# METADATA
# title: On call at night
# description: >-
#   Whoever the check named by `settings.elevation.on_call` answers `{"on_call": true}` for needs nobody's approval between
#   its hours, which are of its time zone; where `to` is before `from` they run over midnight.
package sudoql.elevation.on_call

alone if {
	data.settings.elevation.on_call.enabled == true
	check := input.checks[data.settings.elevation.on_call.check]
	check.answered == true
	check.answer.on_call == true
	night
}

night if {
	from <= to
	now >= from
	now < to
}

night if {
	from > to
	now >= from
}

night if {
	from > to
	now < to
}

from := data.settings.elevation.on_call.from

to := data.settings.elevation.on_call.to

now := $"{two_digits(clock[0])}:{two_digits(clock[1])}" if {
	clock := time.clock([input.clock.ns, data.settings.elevation.on_call.zone])
}

two_digits(number) := substring(format_int(100 + number, 10), 1, 2)
