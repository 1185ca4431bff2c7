# METADATA
# title: Somebody hears of it
# description: >-
#   Where `settings.elevation.heard` is switched on, no elevation begins while every channel that the gateway's
#   configuration names for the target has delivered nothing for so many minutes though it was tried.
package sudoql.elevation.rules.heard

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: Nobody hears of it
# custom:
#   code: nobody_hears
#   message: nobody would hear of it now, as no channel of this target has delivered anything for {minutes} minutes
#   remedy: ask the operator to look at the channels, in /readyz and sudoqld notices list
#   severity: high
deny contains result.about(rego.metadata.rule(), {"minutes": $"{minutes}"}) if {
	demanded
	not delivers
}

minutes := data.settings.elevation.heard.minutes

default demanded := false

demanded if {
	data.settings.elevation.heard.enabled == true
	not scope.groups(data.settings.elevation.heard.except_groups)
}

# A target without channels of its own is told on those that policy names, of which nothing is known here.
delivers if {
	is_array(input.channels)
	count(input.channels) == 0
}

delivers if {
	some channel in input.channels
	channel.failing_seconds < minutes * 60
}
