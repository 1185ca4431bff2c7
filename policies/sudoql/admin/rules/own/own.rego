# METADATA
# title: One's own
# description: Everyone sees, and may end, what is their own.
package sudoql.admin.rules.own

permit if {
	input.subject == input.principal.id
	input.action in {
		"elevation.list",
		"elevation.show",
		"elevation.show_reason",
		"elevation.revoke",
		"token.list",
		"token.revoke",
	}
}
