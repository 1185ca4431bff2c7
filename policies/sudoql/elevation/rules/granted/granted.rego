# METADATA
# title: Somebody granted it
# description: Without a line of `settings.elevation.grants` that covers principal and target there is no elevation.
package sudoql.elevation.rules.granted

import data.sudoql.elevation.grants
import data.sudoql.result

# METADATA
# title: No grant
# custom:
#   code: not_granted
#   message: your groups may not write to {target}
#   remedy: ask security for a grant, or somebody who has one
#   severity: high
deny contains result.about(rego.metadata.rule(), {"target": object.get(input, ["target", "name"], "this target")}) if {
	not count(grants.covering) > 0
}
