# METADATA
# title: May this principal do this to sudoql itself?
# description: >-
#   Allowed when a rule under `rules` permits it and the input is complete; else denied.
# scope: subpackages
# schemas:
#   - input: schema.input.admin
#   - data.settings: schema.settings
package sudoql.admin

import data.sudoql.admin.complete_input
import data.sudoql.result

# METADATA
# title: The decision
# entrypoint: true
decision := {
	"allow": count(reasons) == 0,
	"reasons": [reason | some reason in reasons],
}

# METADATA
# title: Nothing permits it
# custom:
#   code: not_permitted
#   message: you may not do this
#   remedy: ask security
#   severity: high
reasons contains result.plain(rego.metadata.rule()) if not permitted

reasons contains complete_input.deny[_]

# True and nothing else: any text would hold, too.
permitted if data.sudoql.admin.rules[_].permit == true
