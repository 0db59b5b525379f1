"""What each command does once its arguments are parsed: a module a command, so that each loads only what it needs."""
