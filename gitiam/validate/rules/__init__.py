"""The rules, each named for the offence, and listed in `gitiam.validate.registry`."""
