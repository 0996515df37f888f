"""The command line: a folder for each group of commands; a command is loaded only when it is called."""
