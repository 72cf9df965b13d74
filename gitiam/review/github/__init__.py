"""GitHub's API: the one place that knows it. Everything else has values.

Whatever GitHub answers is a stranger's text until it has been parsed; whatever it cannot be asked
is said to be unknown.
"""
