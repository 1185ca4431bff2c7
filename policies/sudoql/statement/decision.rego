# METADATA
# title: May this statement run?
# description: >-
#   Everything that no rule under `rules` denies. A rule is in force by being there: a folder with a package of the same
#   name, a set `deny` of reasons, and, where it limits what may be returned or take time, a set `limit` of obligations.
# scope: subpackages
# schemas:
#   - input: schema.input.statement
#   - data.settings: schema.settings
package sudoql.statement

# METADATA
# title: The decision
# entrypoint: true
decision := {
	"allow": count(reasons) == 0,
	"reasons": [reason | some reason in reasons],
	"obligations": obligations,
}

reasons contains data.sudoql.statement.rules[_].deny[_]

limits contains data.sudoql.statement.rules[_].limit[_]

# Of several limits the narrowest holds.
obligations[name] := min([limit[name] | some limit in limits]) if some name, _ in limits[_]
