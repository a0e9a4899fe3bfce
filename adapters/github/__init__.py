"""github: whether the checks of a commit have passed."""
