# METADATA
# title: Checks were answered
# description: >-
#   Each check of the configuration must have been answered, but those in `settings.elevation.silent_checks`.
package sudoql.elevation.rules.checks

import data.sudoql.result

# METADATA
# title: No answer
# custom:
#   code: check_silent
#   message: the check {check} gave no answer
#   remedy: try again; tell the operator if it goes on
#   severity: high
deny contains result.about(rego.metadata.rule(), {"check": check}) if {
	some check in silent
}

silent contains "of the request" if not known

known if is_object(input.checks)

silent contains name if {
	some name, check in input.checks
	not heard(name, check)
}

heard(_, check) if check.answered == true

heard(name, _) if name in data.settings.elevation.silent_checks
