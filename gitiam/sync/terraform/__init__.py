"""Terraform: found, made ready, started in a folder for each module, with a shared provider."""
