"""One run as one page, for whoever reads it afterwards."""
