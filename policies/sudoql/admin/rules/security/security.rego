# METADATA
# title: Security may do everything
# description: Principals of `settings.admin.security`, by group and kind. An agent is no security team.
package sudoql.admin.rules.security

import data.sudoql.scope

permit if {
	scope.groups(data.settings.admin.security.groups)
	input.principal.kind in data.settings.admin.security.kinds
	is_string(input.action)
}
