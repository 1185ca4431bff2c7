# METADATA
# title: Nothing that acts later or cannot be judged
# description: >-
#   A function, a trigger, a grant, a foreign server, a scheduled job, dynamic SQL: they outlast the elevation, or hide
#   what they do. On production they need a named exception in `settings.acts_later.exceptions`.
package sudoql.statement.rules.acts_later

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: An effect of this kind needs an exception
# custom:
#   code: acts_later
#   message: "this has the effect {effect}, which outlasts the elevation or cannot be judged"
#   remedy: let who may change schemas here run it, as migrations do, or ask security for a named exception
#   severity: high
deny contains result.about(rego.metadata.rule(), {"effect": effect}) if {
	some effect in input.statement.effects
	not permitted(effect)
}

# METADATA
# title: Effects are not known
# custom:
#   code: acts_later
#   message: it is not known what this does
#   remedy: write it more plainly
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not known

known if count(input.statement.effects) > 0

permitted(effect) if effect in {"read", "write", "ddl", "session", "transaction", "lock"}

permitted(_) if data.settings.acts_later.enabled == false

permitted(_) if scope.relaxed

permitted(effect) if {
	some n, exception in data.settings.acts_later.exceptions
	effect in exception.effects
	scope.groups(exception.groups)
	scope.target(exception.targets)
	lasts(n)
}

lasts(n) if not data.settings.acts_later.exceptions[n].until

# Both are UTC and of one form up to the second, so their texts compare as the times do. By its whole path: so it is known that the
# clock counts only where a line has an end.
lasts(n) if substring(input.clock.iso, 0, 19) < data.settings.acts_later.exceptions[n].until
