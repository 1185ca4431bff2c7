# METADATA
# title: What a team sees of one another
# description: >-
#   Who may see a target may see that somebody writes to it, and say something about it (that they have seen it, a question),
#   and not see why: reasons are for security and for those who gave them. The list itself is open; each line of it is shown or not by `elevation.show`.
package sudoql.admin.rules.team

import data.sudoql.scope

permit if {
	input.action == "elevation.list"
	is_null(input.subject)
}

permit if {
	input.action in {"target.see", "elevation.show", "elevation.remark"}
	some line in data.settings.admin.visible
	scope.groups(line.groups)
	scope.target(line.targets)
}
