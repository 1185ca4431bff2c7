# METADATA
# title: Not too often
# description: >-
#   Where `settings.elevation.often` is switched on, nobody begins more elevations within an hour than it says, on all
#   targets together. Extending one is none, and breaking glass is not held up by it.
package sudoql.elevation.rules.often

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: Too often
# custom:
#   code: too_often
#   message: you have begun as many elevations within the last hour as one may ({per_hour})
#   remedy: do more in one elevation; extend it with another SELECT sudo('why'), or wait
#   severity: medium
deny contains result.about(rego.metadata.rule(), {"per_hour": $"{per_hour}"}) if {
	limited
	not fewer
}

per_hour := data.settings.elevation.often.per_hour

default limited := false

limited if {
	data.settings.elevation.often.enabled == true
	begins
	not scope.groups(data.settings.elevation.often.except_groups)
}

begins if {
	not extends
	not urgent
}

extends if is_object(input.extends)

urgent if input.break_glass == true

# What the record did not say is not taken for few.
fewer if {
	is_number(input.recent_elevations)
	input.recent_elevations < per_hour
}
