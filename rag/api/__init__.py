"""The HTTP surface: routes, wire models, pages, problem objects."""
