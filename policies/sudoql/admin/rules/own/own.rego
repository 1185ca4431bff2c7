# METADATA
# title: One's own
# description: Everyone sees, and may end, what is their own, and reads what the record has of them.
package sudoql.admin.rules.own

permit if {
	input.subject == input.principal.id
	input.action in {
		"elevation.list",
		"elevation.show",
		"elevation.show_reason",
		"elevation.revoke",
		"elevation.remark",
		"session.see",
		"ledger.read",
		"token.list",
		"token.revoke",
	}
}
