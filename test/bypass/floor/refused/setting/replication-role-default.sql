-- Also towards its default: an elevation leaves it alone.
RESET session_replication_role
