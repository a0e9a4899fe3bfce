"""Where commands run: this machine, or one over SSH. Both take one POSIX sh script through stdin, and nothing else."""
