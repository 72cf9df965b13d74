"""Live AWS: the right credentials, the crawl, single questions; and an embedded AWS."""
