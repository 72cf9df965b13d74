"""GitHub, as far as gitiam and its tests speak with it: see `server.py` for where to begin.

A real HTTP server on the loopback, real git repositories behind it, and everything else in memory.
Each request and each answer is compared with GitHub's own description of its REST API.
"""
