package sudoql.examples

# METADATA
# title: Settings for tests
# description: >-
#   As shipped. Tests take these instead of the settings in force, so that tuning a setting breaks no test, and change what
#   they are about.
settings := {
	"environments": {"relaxed": ["development", "test", "staging"]},
	"limits": {"human": {}, "service": {}, "agent": {"max_rows": 1000, "max_bytes": 4194304, "timeout_ms": 30000}},
	"whole_table": {"enabled": true, "allowed": []},
	"ddl": {"enabled": true, "groups": []},
	"destructive": {"enabled": true, "everywhere": false, "groups": []},
	"acts_later": {"enabled": true, "exceptions": []},
	"protected": {"relations": []},
	"protected_columns": {"columns": [], "views": []},
	"accesses": {"forbidden": []},
	"read_scopes": {"groups": {}},
	"people": {"groups": {}},
	"elevation": {
		"grants": [{
			"name": "developers",
			"groups": ["dev"],
			"kinds": ["human", "service"],
			"targets": ["*"],
			"max_minutes": 240,
			"default_minutes": 15,
		}],
		"reasons": [],
		"hours": [],
		"freezes": [],
		"confirm": [],
		"approvals": [],
		"approval": {"ask_minutes": 60, "use_minutes": 30},
		"delegations": [],
		"break_glass": [],
		"on_call": {"enabled": false, "check": "on-call", "from": "20:00", "to": "08:00", "zone": "UTC"},
		"ticket": {"enabled": false, "check": "ticket", "targets": ["*"]},
		"often": {"enabled": false, "per_hour": 30, "except_groups": []},
		"heard": {"enabled": false, "minutes": 10, "except_groups": []},
		"silent_checks": [],
		"notify": [],
	},
	"admin": {
		"security": {"groups": ["security"], "kinds": ["human", "service"]},
		"visible": [{"groups": ["*"], "targets": ["*"]}],
	},
}
