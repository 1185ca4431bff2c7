# METADATA
# title: Kinds of write
# description: >-
#   "Everything but DELETE" and its like: `settings.accesses.forbidden` names kinds of access that a group does not have on a target.
package sudoql.statement.rules.accesses

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: This kind of access is not allowed
# custom:
#   code: access_forbidden
#   message: "{access} is not allowed on {target}"
#   remedy: ask one of those who may
#   severity: medium
deny contains result.about(rego.metadata.rule(), {"access": access, "target": input.target.name}) if {
	some access in {relation.access | some relation in input.statement.relations}
	forbidden[access]
}

forbidden contains access if {
	some line in data.settings.accesses.forbidden
	scope.target(line.targets)
	not scope.groups(line.except_groups)
	some access in line.access
}

# METADATA
# title: Relations or target are not known
# custom:
#   code: access_forbidden
#   message: it is not known what this reaches
#   remedy: write it more plainly
#   severity: medium
deny contains result.plain(rego.metadata.rule()) if not known

known if {
	is_string(input.target.name)
	is_array(input.principal.groups)
	every relation in input.statement.relations {
		is_string(relation.access)
	}
}
