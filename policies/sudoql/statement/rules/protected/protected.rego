# METADATA
# title: Protected relations
# description: >-
#   Relations of `settings.protected.relations` are for the groups that it names; also when reached through a view.
package sudoql.statement.rules.protected

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: The relation is protected
# custom:
#   code: protected_relation
#   message: "{relation} is protected against {access}"
#   remedy: ask one of those who may
#   severity: high
deny contains result.about(rego.metadata.rule(), values) if {
	some relation in input.statement.relations
	not permitted(relation)
	values := {"relation": scope.name(relation), "access": object.get(relation, "access", "any access")}
}

# METADATA
# title: Relations are not known
# custom:
#   code: protected_relation
#   message: it is not known which relations this reaches
#   remedy: write it more plainly
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not known

# A rule of its own, for `not` before a call with an undefined argument is undefined too.
known if is_array(input.statement.relations)

permitted(relation) if {
	every protection in data.settings.protected.relations {
		free(protection, relation)
	}
}

free(protection, relation) if {
	scope.known(relation)
	not scope.relation(protection.patterns, relation)
}

free(protection, _) if {
	is_string(input.target.name)
	not scope.target(protection.targets)
}

free(protection, relation) if {
	is_string(relation.access)
	not relation.access in protection.access
	not "*" in protection.access
}

free(protection, _) if scope.groups(protection.groups)
