# METADATA
# title: May this principal write here, how long, and who is told?
# description: >-
#   Denied when a rule under `rules` denies or when no line of `settings.elevation.grants` covers principal and target; else
#   `confirm` when a line of `settings.elevation.confirm` does, `approve` when one of `settings.elevation.approvals` does,
#   else `allow`. Who may break glass, and asks to, is allowed without the others' approval.
# scope: subpackages
# schemas:
#   - input: schema.input.elevation
#   - data.settings: schema.settings
package sudoql.elevation

import data.sudoql.elevation.approvals
import data.sudoql.elevation.grants
import data.sudoql.scope

# METADATA
# title: The decision
# entrypoint: true
decision := object.union(terms, object.union(others, glass))

terms := {
	"result": result,
	"reasons": [reason | some reason in reasons],
	"max_seconds": grants.max_seconds,
	"default_seconds": grants.default_seconds,
	"notify": [channel | some channel in notify],
}

others := {"approve": approvals.asked} if approvals.needed

else := {}

glass := {"break_glass": true} if {
	count(reasons) == 0
	input.break_glass == true
}

else := {}

# By the names of their packages.
denials[name] := data.sudoql.elevation.rules[name].deny

reasons contains denials[_][_]

# The compiler refuses what is no set; should one come here all the same, it denies instead of being read over.
reasons contains data.sudoql.result.misshapen(name) if {
	some name, found in denials
	not is_set(found)
}

default result := "deny"

result := "confirm" if {
	count(reasons) == 0
	confirm
} else := "allow" if {
	count(reasons) == 0
	input.break_glass == true
} else := "approve" if {
	count(reasons) == 0
	approvals.needed
} else := "allow" if count(reasons) == 0

confirm if {
	some line in data.settings.elevation.confirm
	scope.groups(line.groups)
	scope.target(line.targets)
}

notify contains channel if {
	some line in data.settings.elevation.notify
	scope.target(line.targets)
	some channel in line.channels
}
