"""What the project needs to make itself, and what is not shipped."""
