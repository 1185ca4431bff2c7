package sudoql.statement.rules.limits_test

import data.sudoql.examples
import data.sudoql.statement.rules.limits

test_the_limits_of_the_kind_of_principal[kind] if {
	some kind, rows in {"human": 3, "service": 2, "agent": 1}
	found := limits.limit
		with data.settings as examples.settings
		with input as object.union(examples.read, {"principal": {"kind": kind}})
		with data.settings.limits as {"human": {"max_rows": 3}, "service": {"max_rows": 2}, "agent": {"max_rows": 1}}
	[limit.max_rows | some limit in found] == [rows]
}
