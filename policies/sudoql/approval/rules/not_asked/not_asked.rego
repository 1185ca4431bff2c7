# METADATA
# title: Who answers is asked
# description: >-
#   Only those who are in a set of the request answer it.
package sudoql.approval.rules.not_asked

import data.sudoql.approval.asked
import data.sudoql.result

# METADATA
# title: Not asked
# custom:
#   code: not_asked
#   message: you are not asked about this request
#   remedy: those who are asked are named on its page
#   severity: high
deny contains result.plain(rego.metadata.rule()) if {
	not count(asked.sets) > 0
}
