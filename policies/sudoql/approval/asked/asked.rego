# METADATA
# title: Who is asked
# description: >-
#   The sets of the request that the principal is in: named, in a group of it, in what it was widened to by now, or standing
#   in for one of these by a line of `settings.elevation.delegations`.
package sudoql.approval.asked

import data.sudoql.scope

sets contains set.name if {
	some set in input.request.sets
	in_set(set)
}

in_set(set) if covers(set)

in_set(set) if {
	some wider in set.wider
	input.request.age_seconds >= wider.after_seconds
	covers(wider)
}

covers(deciders) if input.principal.id in deciders.people

covers(deciders) if {
	some group in deciders.groups
	scope.own_groups[group]
}

covers(deciders) if {
	some person in deciders.people
	away_people[person]
}

covers(deciders) if {
	some group in deciders.groups
	away_groups[group]
}

# Once for all sets.
away_people contains person if {
	some line in standing_in
	some person in line.of.people
}

away_groups contains group if {
	some line in standing_in
	some group in line.of.groups
}

standing_in contains line if {
	some line in data.settings.elevation.delegations
	input.principal.id in line.to
	line.from <= input.clock.iso
	input.clock.iso < line.until
}
