"""One file a command, each with a function ``command``; imported when that command is run."""
