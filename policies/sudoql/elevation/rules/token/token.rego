# METADATA
# title: The token may elevate so
# description: >-
#   By `SELECT sudo(…)` only people at a keyboard, for whoever controls a program's SQL could call it. Services with the
#   startup packet. Agents never. The gateway's floor speaks first and says how this token may: a client reads its words.
package sudoql.elevation.rules.token

import data.sudoql.result

# METADATA
# title: Not with this token
# custom:
#   code: token_may_not
#   message: this token may not elevate in this way
#   remedy: connect with a token of your own that may
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not permitted

permitted if {
	input.by == "in-band"
	input.principal.kind == "human"
	input.principal.elevate == "in-band"
}

permitted if {
	input.by == "connect"
	input.principal.kind in {"human", "service"}
	input.principal.elevate in {"connect", "in-band"}
}
