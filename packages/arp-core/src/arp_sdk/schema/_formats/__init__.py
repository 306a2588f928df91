"""Shapes that models have in other ecosystems."""
