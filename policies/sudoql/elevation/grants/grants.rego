# METADATA
# title: Grants
# description: The places of the lines of `settings.elevation.grants` that cover the principal and the target.
package sudoql.elevation.grants

import data.sudoql.scope

# By their places: a set of objects costs ten times as much.
covering contains n if {
	some n, grant in data.settings.elevation.grants
	scope.groups(grant.groups)
	scope.target(grant.targets)
	input.principal.kind in grant.kinds
	lasts(grant)
}

lasts(grant) if not grant.until

# Both are UTC and of one form up to the second, so their texts compare as the times do.
lasts(grant) if substring(input.clock.iso, 0, 19) < grant.until

# METADATA
# title: Those lines
granted := [data.settings.elevation.grants[n] | some n in covering]

# METADATA
# title: The longest that one of them allows
max_seconds := 60 * max([grant.max_minutes | some grant in granted]) if {
	count(covering) > 0
} else := 0

# METADATA
# title: What is given when no duration is asked for
default_seconds := min([max_seconds, 60 * max([grant.default_minutes | some grant in granted])]) if {
	count(covering) > 0
} else := 0
