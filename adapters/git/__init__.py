"""git: the checkout that is deployed."""
