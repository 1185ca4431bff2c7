# METADATA
# title: Results
# description: >-
#   Builds a reason from the METADATA of the rule that gives it, so that a rule's code, message and remedy stand in one
#   place. `{name}` in a message or remedy is replaced by the value of that name.
package sudoql.result

# METADATA
# title: A reason whose texts name nothing
plain(metadata) := {
	"code": metadata.custom.code,
	"message": metadata.custom.message,
	"remedy": metadata.custom.remedy,
}

# METADATA
# title: A reason whose texts name the values
about(metadata, values) := {
	"code": metadata.custom.code,
	"message": strings.replace_n(replacements, metadata.custom.message),
	"remedy": strings.replace_n(replacements, metadata.custom.remedy),
} if {
	replacements := {concat("", ["{", name, "}"]): value | some name, value in values}
}

# METADATA
# title: The reason for a rule that a decision cannot take
misshapen(name) := {
	"code": "misshapen_rule",
	"message": $"the rule {name} does not have the shape that decisions gather",
	"remedy": "tell the operator; this is not your doing",
}
