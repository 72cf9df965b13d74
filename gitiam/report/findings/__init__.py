"""Findings, for whoever reads them: people, programs, GitHub's runner, code scanning."""
