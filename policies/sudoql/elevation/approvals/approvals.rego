# METADATA
# title: Approvals
# description: >-
#   Who must agree, by the lines of `settings.elevation.approvals` that cover principal and target: one of each line, or
#   as many as it says. Nobody is asked while those on call write at night, where `settings.elevation.on_call` says so.
package sudoql.elevation.approvals

import data.sudoql.elevation.on_call
import data.sudoql.scope

asked := {
	"sets": sets,
	"ask_seconds": 60 * object.get(data.settings.elevation, ["approval", "ask_minutes"], 60),
	"use_seconds": 60 * object.get(data.settings.elevation, ["approval", "use_minutes"], 30),
}

# Also where a line is not whole: the gateway denies what nobody can approve.
needed if count(covering) > 0

# By their places: a set of objects costs ten times as much.
covering contains n if {
	not on_call.alone
	some n, line in data.settings.elevation.approvals
	scope.groups(line.groups)
	scope.target(line.targets)
}

sets := [set |
	some n in covering
	line := data.settings.elevation.approvals[n]
	set := {
		"name": line.name,
		"count": line.count,
		"people": line.by.people,
		"groups": line.by.groups,
		"channels": line.channels,
		"wider": [wider |
			some more in line.wider
			wider := {
				"after_seconds": 60 * more.after_minutes,
				"people": more.by.people,
				"groups": more.by.groups,
				"channels": more.channels,
			}
		],
	}
]
