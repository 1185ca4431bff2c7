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

# Once for all lines of all settings.
own_groups := {group | some group in input.principal.groups}
