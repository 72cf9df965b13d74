"""A form for people → a request file: what the form offers, and what was made of it."""
