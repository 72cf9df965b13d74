"""Statements, resources and conditions of IAM in plain words, for people who know little of it."""
