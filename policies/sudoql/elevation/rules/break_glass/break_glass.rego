# METADATA
# title: Breaking glass
# description: >-
#   Only whom a line of `settings.elevation.break_glass` covers may do without the approval that is needed.
package sudoql.elevation.rules.break_glass

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: It is not granted
# custom:
#   code: no_break_glass
#   message: you may not break glass on {target}
#   remedy: ask without it, and say what is urgent
#   severity: high
deny contains result.about(rego.metadata.rule(), {"target": object.get(input, ["target", "name"], "this target")}) if {
	not may
}

may if input.break_glass == false

may if {
	input.break_glass == true
	some line in data.settings.elevation.break_glass
	scope.groups(line.groups)
	scope.target(line.targets)
}
