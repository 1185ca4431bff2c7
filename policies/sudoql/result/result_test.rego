package sudoql.result_test

import data.sudoql.result

metadata := {"custom": {"code": "a_code", "message": "{name} is {what}", "remedy": "ask {name}"}}

test_a_plain_reason_is_the_metadata if {
	result.plain(metadata) == {"code": "a_code", "message": "{name} is {what}", "remedy": "ask {name}"}
}

test_values_replace_their_names if {
	result.about(metadata, {"name": "public.orders", "what": "protected"}) == {
		"code": "a_code",
		"message": "public.orders is protected",
		"remedy": "ask public.orders",
	}
}
