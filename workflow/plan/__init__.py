"""What a run would do, told before anything is done: collected by reading alone, rendered purely."""
