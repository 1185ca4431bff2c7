# METADATA
# title: Not during a freeze
# description: Nobody elevates on the targets of `settings.elevation.freezes` from its `from` until its `until`, but the groups excepted.
package sudoql.elevation.rules.freeze

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: Frozen
# custom:
#   code: frozen
#   message: "{target} is frozen: {name}"
#   remedy: wait until it is over, or ask those who are excepted
#   severity: high
deny contains result.about(rego.metadata.rule(), {
	"target": object.get(input, ["target", "name"], "this target"),
	"name": name,
}) if {
	some name in array.slice(holding, 0, 20)
}

# METADATA
# title: The time is not known
# custom:
#   code: frozen
#   message: it is not known whether there is a freeze now
#   remedy: tell the operator; this is not your doing
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not second

# Nobody reads more than some of them. In the order of the lines: to sort them costs more than all else.
holding := [freeze.name |
	some freeze in data.settings.elevation.freezes
	not free(freeze)
]

free(freeze) if second < freeze.from

free(freeze) if second >= freeze.until

free(freeze) if {
	is_string(input.target.name)
	not scope.target(freeze.targets)
}

free(freeze) if scope.groups(freeze.except_groups)

# Both are UTC and of one form up to the second, so their texts compare as the times do.
second := substring(input.clock.iso, 0, 19)
