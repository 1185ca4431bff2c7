# METADATA
# title: Grants
# description: The lines of `settings.elevation.grants` that cover the principal and the target.
package sudoql.elevation.grants

import data.sudoql.scope

covering contains grant if {
	some grant in data.settings.elevation.grants
	scope.groups(grant.groups)
	scope.target(grant.targets)
	input.principal.kind in grant.kinds
}

# METADATA
# title: The longest that one of them allows
max_seconds := 60 * max([grant.max_minutes | some grant in covering]) if {
	count(covering) > 0
} else := 0

# METADATA
# title: What is given when no duration is asked for
default_seconds := min([max_seconds, 60 * max([grant.default_minutes | some grant in covering])]) if {
	count(covering) > 0
} else := 0
