"""Running an installation: servers, topics, backups, and whether all is well."""
