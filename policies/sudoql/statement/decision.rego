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

import data.sudoql.result

# METADATA
# title: The decision
# entrypoint: true
decision := {
	"allow": count(reasons) == 0,
	"reasons": [reason | some reason in reasons],
	"obligations": obligations,
}

# By the names of their packages.
denials[name] := data.sudoql.statement.rules[name].deny

limitations[name] := data.sudoql.statement.rules[name].limit

reasons contains denials[_][_]

limits contains limitations[_][_]

# The compiler refuses what is no set; should one come here all the same, it denies instead of being read over.
reasons contains result.misshapen(name) if {
	some name, found in denials
	not is_set(found)
}

reasons contains result.misshapen(name) if {
	some name, found in limitations
	not is_set(found)
}

reasons contains result.misshapen(name) if {
	some name
	some limit in limitations[name]
	not is_object(limit)
}

# Of several limits the narrowest holds.
obligations[name] := min([limit[name] | some limit in limits]) if some name, _ in limits[_]
