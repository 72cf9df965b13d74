"""The audit record: what git, the ledger and GitHub know of every permission, joined. Pure."""
