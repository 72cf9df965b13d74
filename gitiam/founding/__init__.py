"""A new estate: what is asked, and the files that answer it. Pure but for `placing`."""
