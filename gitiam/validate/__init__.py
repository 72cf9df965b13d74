"""Is it right? One rule, one file; `registry` holds the one explicit tuple of rules."""
