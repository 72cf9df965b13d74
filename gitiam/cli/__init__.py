"""The command line: parse, build the adapters, call, print, exit. One file per command."""
