# METADATA
# title: May this principal answer this request?
# description: >-
#   Denied when a rule under `rules` denies; else their answer counts for each set that they are in, by name, by group, by
#   what it was widened to since, or for somebody who is away.
# scope: subpackages
# schemas:
#   - input: schema.input.approval
#   - data.settings: schema.settings
package sudoql.approval

import data.sudoql.approval.asked

# METADATA
# title: The decision
# entrypoint: true
decision := {
	"allow": count(reasons) == 0,
	"reasons": [reason | some reason in reasons],
	"sets": [name | some name in asked.sets],
}

# By the names of their packages.
denials[name] := data.sudoql.approval.rules[name].deny

reasons contains denials[_][_]

# The compiler refuses what is no set; should one come here all the same, it denies instead of being read over.
reasons contains data.sudoql.result.misshapen(name) if {
	some name, found in denials
	not is_set(found)
}
