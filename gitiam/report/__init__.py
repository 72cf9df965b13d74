"""Findings, changes and drift → text, JSON, Markdown: pure functions that return what to print."""
