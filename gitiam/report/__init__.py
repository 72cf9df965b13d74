"""Findings, changes, results, drift → text, JSON and Markdown. Pure functions; nothing prints."""
