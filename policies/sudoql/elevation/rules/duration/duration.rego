# METADATA
# title: Not longer than granted
package sudoql.elevation.rules.duration

import data.sudoql.elevation.grants
import data.sudoql.result

# METADATA
# title: Too long
# custom:
#   code: too_long
#   message: "that is longer than you may write here: {minutes} minutes at most"
#   remedy: ask for less, and extend it when you need more
#   severity: medium
deny contains result.about(rego.metadata.rule(), {"minutes": format_int(grants.max_seconds / 60, 10)}) if not permitted

permitted if is_null(input.requested_seconds)

permitted if {
	input.requested_seconds > 0
	input.requested_seconds <= grants.max_seconds
}
