"""The rules, each named for the offence. `gitiam.validate.registry` lists them; nothing else does."""
