"""What runs inside of the scene's images: nothing here needs more than an interpreter and its standard library."""
