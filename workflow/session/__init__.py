"""A session drives one run of one environment, from its beginning to its end."""
