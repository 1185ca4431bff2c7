# METADATA
# title: Scopes
# description: Whom and where a line of the settings means.
# schemas:
#   - input: schema.input.statement
package sudoql.scope

# METADATA
# title: The target's environment is listed as not being production
# description: A target without the label `environment`, or with one that nobody listed, counts as production.
relaxed if input.target.labels.environment in data.settings.environments.relaxed

# METADATA
# title: The target's name is one of the patterns
target(patterns) if input.target.name in patterns

target(patterns) if {
	some pattern in patterns
	wild(pattern)
	glob.match(pattern, null, input.target.name)
}

# METADATA
# title: The principal is in one of the groups, or all are meant
groups(names) if {
	some name in names
	own_groups[name]
}

groups(names) if "*" in names

# METADATA
# title: The principal's groups, as lines of the settings name them
# description: >-
#   A provider's groups come as `oidc:NAME` and are none of ours: whoever may make a group there could call it as ours are called.
#   What each of them means stands in `settings.people.groups`.
own_groups := operators_groups | meant_groups

# Once for all lines of all settings.
operators_groups contains group if {
	some group in input.principal.groups
	not startswith(group, "oidc:")
}

meant_groups contains ours if {
	some theirs in input.principal.groups
	startswith(theirs, "oidc:")
	some ours in data.settings.people.groups[theirs]
}
