"""Files → values with places. The only room that reads the estate's YAML."""
