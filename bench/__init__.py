"""Benchmarks: `python -m bench`, or `make bench`. docs/performance.md says what they mean."""
